export interface FrameOptions {
    iframe: HTMLIFrameElement;
    extensionId: string;
    contentHash: string;
    /** Needed when the frame's page comes from another origin than this page; must be the origin of its `src`. */
    allowedOrigin?: string;
    /** The frame's origin serves this install alone (default: false, and the frame gets an opaque origin). */
    originPerInstall?: boolean;
}
/** How a frame is known and addressed: the `origin` of its messages and the `target` of ours. */
export interface Address {
    origin: string;
    target: string;
}
/**
 * Check the element and its `src`, and sandbox it. Throws TypeError for what would not be isolated.
 *
 * An element without `sandbox` gets one and begins anew: a sandbox holds only for pages that are loaded after it.
 */
export declare function isolate({ iframe, extensionId, contentHash, allowedOrigin, originPerInstall }: FrameOptions): Address;
