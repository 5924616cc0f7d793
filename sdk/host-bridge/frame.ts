import { requireNames } from './source.js';

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
export function isolate({ iframe, extensionId, contentHash, allowedOrigin, originPerInstall = false }: FrameOptions): Address {
  if (!(iframe instanceof HTMLIFrameElement)) throw new TypeError('iframe must be an iframe element');
  requireNames(extensionId, contentHash);
  const src = new URL(iframe.src, location.href);
  if (!/^https?:$/.test(src.protocol) || !iframe.getAttribute('src')) throw new TypeError('the frame needs a src of http or https');
  if (src.origin !== (allowedOrigin ?? location.origin)) throw new TypeError('allowedOrigin must be the origin of the src');
  if (originPerInstall && src.origin === location.origin) throw new TypeError("an install's own origin cannot be this page's");
  if (!iframe.hasAttribute('sandbox')) {
    iframe.setAttribute('sandbox', originPerInstall ? 'allow-scripts allow-same-origin' : 'allow-scripts');
    iframe.src = src.href;
  }
  if (iframe.sandbox.contains('allow-same-origin') !== originPerInstall) {
    throw new TypeError('sandbox must have allow-same-origin exactly when originPerInstall is true');
  }
  // A browser can address an opaque origin only with `*`.
  return originPerInstall ? { origin: src.origin, target: src.origin } : { origin: 'null', target: '*' };
}
