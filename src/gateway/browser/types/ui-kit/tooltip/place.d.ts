export declare const SIDES: readonly ['top', 'bottom', 'left', 'right'];
export type Side = (typeof SIDES)[number];
/** Move a fixed element to a side of another; to the opposite one where it does not fit, and into the viewport along the side. */
export declare function place(element: HTMLElement, anchor: Element, side: Side): void;
