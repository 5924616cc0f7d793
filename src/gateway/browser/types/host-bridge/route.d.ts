/**
 * The URL of a frame's route, below `prefix` (an absolute URL that ends in `/`); undefined for what is not certain to stay there.
 *
 * Dot segments are refused in every encoding that any later reader could undo, also across encoded slashes (`..%2f..`).
 */
export declare function confine(prefix: string, route: unknown): string | undefined;
/** The path, query and fragment of a page inside the extension; undefined for another scheme (`javascript:`) or another host. */
export declare function clientPath(path: unknown): string | undefined;
