import { BridgeError } from './errors.js';
import { callHandlerJson, type UiProxyHostLike } from './handlers.js';

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
export function handlerStorage(target: { uiProxy: UiProxyHostLike } | UiProxyHostLike, path = '/storage'): HandlerStorage {
  const at = (key: string): string => `${path}/${encodeURIComponent(key)}`;
  return {
    getItem: <T>(key: string) => callHandlerJson<T>(target, at(key)).catch(missing),
    setItem: async (key, value) => void (await callHandlerJson(target, at(key), { method: 'PUT', body: value })),
    removeItem: async (key) => void (await callHandlerJson(target, at(key), { method: 'DELETE' }).catch(missing)),
  };
}

/** Null for the handler's own 404. The gateway's says that the manifest has no such endpoint, which nobody should take for an empty storage. */
function missing(error: unknown): null {
  const own = error instanceof BridgeError && error.status === 404 && !error.headers['content-type']?.startsWith('application/problem+json');
  if (own) return null;
  throw error;
}
