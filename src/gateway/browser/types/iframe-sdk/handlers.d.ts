import type { CallRoute } from './bridge.js';
import type { ProxyHttpMethod } from './messages.js';
/** What has endpoints to call: a bridge's `uiProxy`, or the same of a test. */
export interface UiProxyHostLike {
    callRoute(...call: Parameters<CallRoute>): Promise<Uint8Array>;
}
export interface CallHandlerJsonOptions<TBody = unknown> {
    /** GET when absent. */
    method?: ProxyHttpMethod;
    body?: TBody;
    signal?: AbortSignal;
}
/** Call one of the extension's own endpoints with JSON; null for an answer without a body. Raises BridgeError. */
export declare function callHandlerJson<TResponse = unknown, TBody = unknown>(target: {
    uiProxy: UiProxyHostLike;
} | UiProxyHostLike, path: string, { method, body, signal }?: CallHandlerJsonOptions<TBody>): Promise<TResponse | null>;
