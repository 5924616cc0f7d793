export interface SrcOptions {
    /** Sent as `tenant` and `extensionId`, for gateways that serve several tenants from one origin. */
    tenantId?: string;
    /** Where `/ext-ui/` is, e.g. `https://extensions.example`; `/runner` of the host page's own origin when absent. */
    publicBaseOverride?: string;
    /** The origin of the page that will hold the frame; this page's own when absent. The frame speaks to no other. */
    parentOrigin?: string;
}
/** The URL of an extension's page for an iframe. Throws TypeError for what is not a content hash. */
export declare function buildExtUiSrc(extensionId: string, contentHash: string, path?: string, options?: SrcOptions): string;
/**
 * The source for `frame-src` in the host page's Content-Security-Policy that lets a frame stay inside its own extension.
 *
 * `src` is what `buildExtUiSrc` answered, with an absolute base.
 */
export declare function frameSource(src: string): string;
export declare function requireNames(extensionId: unknown, contentHash: unknown): void;
