import { type UiProxyHostLike } from './handlers.js';
/** What `localStorage` is to pages that have an origin. Its methods raise BridgeError. */
export interface HandlerStorage {
    /** The value; null for a key that is not there. */
    getItem<T = unknown>(key: string): Promise<T | null>;
    /** Keep anything that JSON can say. */
    setItem(key: string, value: unknown): Promise<void>;
    /** Whether the key was there or not. */
    removeItem(key: string): Promise<void>;
}
/** Values that the extension's own handler keeps, which answers GET, PUT and DELETE of `{path}/{key}`, and 404 for a key that is not there. */
export declare function handlerStorage(target: {
    uiProxy: UiProxyHostLike;
} | UiProxyHostLike, path?: string): HandlerStorage;
