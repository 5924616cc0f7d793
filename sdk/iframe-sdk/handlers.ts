import type { CallRoute, ProxyRequestOptions } from './bridge.js';
import { BridgeError } from './errors.js';
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
export async function callHandlerJson<TResponse = unknown, TBody = unknown>(
  target: { uiProxy: UiProxyHostLike } | UiProxyHostLike,
  path: string,
  { method = 'GET', body, signal }: CallHandlerJsonOptions<TBody> = {},
): Promise<TResponse | null> {
  const proxy = 'uiProxy' in target ? target.uiProxy : target;
  const payload = body === undefined ? null : new TextEncoder().encode(JSON.stringify(body));
  const headers = { accept: 'application/json', ...(payload ? { 'content-type': 'application/json' } : {}) };
  const options: ProxyRequestOptions = { method, headers, ...(signal ? { signal } : {}) };
  const text = new TextDecoder().decode(await proxy.callRoute(path, payload, options));
  try {
    return text ? (JSON.parse(text) as TResponse) : null;
  } catch {
    throw new BridgeError('invalid_answer', 'the answer is not JSON');
  }
}
