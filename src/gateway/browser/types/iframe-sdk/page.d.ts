import type { IframeBridge } from './bridge.js';
/** Tell the host that this page is at another path, for its address bar. */
export declare function navigate(bridge: IframeBridge, path: string): void;
/** The path that the host opened this page with: `?path=` of its URL. */
export declare function currentPath(): string;
/** Ask for a height in CSS pixels; hosts give 100 to 4,000. */
export declare function resize(bridge: IframeBridge, height: number): void;
/** Ask for the height of this page's content, now and when it changes. Answers a function that ends it. */
export declare function autoResize(bridge: IframeBridge): () => void;
/** The session's token, now or when it comes: never, in a frame with an opaque origin. */
export declare function getToken(bridge: IframeBridge): Promise<string>;
