const NAME = /^\w[\w.-]*$/; // no dot segment
const HASH = /^sha256:[0-9a-f]{64}$/i;

export interface SrcOptions {
  /** Sent as `tenant` and `extensionId`, for gateways that serve several tenants from one origin. */
  tenantId?: string;
  /** Where `/ext-ui/` is, e.g. `https://extensions.example`; `/runner` of the host page's own origin when absent. */
  publicBaseOverride?: string;
  /** The origin of the page that will hold the frame; this page's own when absent. The frame speaks to no other. */
  parentOrigin?: string;
}

/** The URL of an extension's page for an iframe. Throws TypeError for what is not a content hash. */
export function buildExtUiSrc(extensionId: string, contentHash: string, path = '/', options: SrcOptions = {}): string {
  requireNames(extensionId, contentHash);
  const base = (options.publicBaseOverride ?? '/runner').replace(/\/+$/, '');
  const query = new URLSearchParams({ path });
  if (options.tenantId !== undefined) {
    query.set('tenant', options.tenantId);
    query.set('extensionId', extensionId);
  }
  const parent = options.parentOrigin ?? globalThis.location?.origin;
  if (parent !== undefined) query.set('parentOrigin', parent);
  return `${base}/ext-ui/${encodeURIComponent(extensionId)}/${encodeURIComponent(contentHash)}/index.html?${query}`;
}

/**
 * The source for `frame-src` in the host page's Content-Security-Policy that lets a frame stay inside its own extension.
 *
 * `src` is what `buildExtUiSrc` answered, with an absolute base.
 */
export function frameSource(src: string): string {
  return new URL('.', src).href;
}

export function requireNames(extensionId: unknown, contentHash: unknown): void {
  if (typeof extensionId !== 'string' || !NAME.test(extensionId)) throw new TypeError('extensionId must be a name or an id');
  if (typeof contentHash !== 'string' || !HASH.test(contentHash)) throw new TypeError('contentHash must be sha256: and 64 hex digits');
}
