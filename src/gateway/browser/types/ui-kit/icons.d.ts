/** A drawing of lines in the text's colour, which screen readers pass over. */
export declare function icon(lines: string, size?: number): string;
export declare const CROSS: string;
