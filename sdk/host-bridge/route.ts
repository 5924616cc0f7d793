// What a frame asks for is a stranger's text: it becomes a URL below the extension's own endpoints, or nothing.

const MAX_ROUTE = 8_192; // characters; the gateway refuses targets beyond 16 KiB
const MAX_LAYERS = 5; // of percent-encoding; nobody means more than one
// Browsers drop tabs and line feeds from URLs and read `\` as `/`, so `.<tab>.` would become `..` after it was looked at.
const UNREADABLE = /[\u0000-\u001f\u007f\\]/;
const DOTS = /(^|\/)\.\.?(;|\/|$)/; // `..;` is `..` to servers that strip path parameters
const OVERLONG = /%c[01]/i; // never UTF-8, but to some decoders another way to write `.` and `/`
const NOWHERE = 'http://extension.invalid';

/**
 * The URL of a frame's route, below `prefix` (an absolute URL that ends in `/`); undefined for what is not certain to stay there.
 *
 * Dot segments are refused in every encoding that any later reader could undo, also across encoded slashes (`..%2f..`).
 */
export function confine(prefix: string, route: unknown): string | undefined {
  if (typeof route !== 'string' || route.length > MAX_ROUTE || UNREADABLE.test(route)) return undefined;
  const [path = '', ...query] = (route.split('#', 1)[0] ?? '').split('?');
  if (!staysBelow(path)) return undefined;
  const segments = path.split('/').filter((segment) => segment !== '');
  const url = new URL(prefix + segments.join('/') + (query.length > 0 ? `?${query.join('?')}` : ''));
  // What the browser will fetch has the last word.
  return url.href.startsWith(prefix) ? url.href : undefined;
}

/** The path, query and fragment of a page inside the extension; undefined for another scheme (`javascript:`) or another host. */
export function clientPath(path: unknown): string | undefined {
  if (typeof path !== 'string' || path.length > MAX_ROUTE || UNREADABLE.test(path)) return undefined;
  try {
    const url = new URL(path, NOWHERE);
    return url.origin === NOWHERE ? url.pathname + url.search + url.hash : undefined;
  } catch {
    return undefined;
  }
}

function staysBelow(path: string): boolean {
  let text = path;
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    if (UNREADABLE.test(text) || DOTS.test(text) || OVERLONG.test(text)) return false;
    // Byte for byte, and what is no escape stays: the most lenient of readers.
    const decoded = text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    if (decoded === text) return true;
    text = decoded;
  }
  return false;
}
