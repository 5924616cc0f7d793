import { type BridgeError, type Extension, type ExtensionContext, type IframeBridge, type ThemeTokens } from './index.js';
/** This page's one bridge, which has said `ready`: the same for every component and however often it is drawn. */
export declare function useBridge(): IframeBridge;
/** The bridge and its `fetch`, and tenant, extension and `gatewayBase`: null until the host has told them. */
export declare function useExtension(): Omit<Extension, 'context'> & {
    context: ExtensionContext | null;
};
/** The host's theme, for what is not styled by its properties, such as a chart; the bridge sets these itself. Empty until it is told. */
export declare function useTheme(bridge?: IframeBridge): ThemeTokens;
/** The session's token: null until it is told, and always in a frame with an opaque origin. */
export declare function useAuthToken(bridge?: IframeBridge): string | null;
/** What asks the host for a height in CSS pixels. */
export declare function useResize(bridge?: IframeBridge): (height: number) => void;
export interface Proxied<T> {
    /** The last answer; it stays while the next is awaited and when that fails. Null before the first, for no body and for no path. */
    data: T | null;
    /** Why the present request failed. */
    error: BridgeError | null;
    loading: boolean;
    /** Ask again. */
    reload: () => void;
}
/**
 * The JSON that one of the extension's own endpoints answers to GET; with null nothing is asked.
 *
 * Another path ends the waiting for the one before, and so does unmounting. An answer never shows after that of a later request.
 */
export declare function useProxy<T = unknown>(path: string | null, bridge?: IframeBridge): Proxied<T>;
