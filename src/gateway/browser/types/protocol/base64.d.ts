export declare function encode(bytes: Uint8Array): string;
/** Throws DOMException for what is not base64. */
export declare function decode(text: string): Uint8Array<ArrayBuffer>;
