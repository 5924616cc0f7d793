// React hooks around this page's one bridge. They need React 18 or 19, and iframe-sdk.js beside this file.

import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import {
  type BridgeError,
  callHandlerJson,
  type Extension,
  type ExtensionContext,
  type IframeBridge,
  resize,
  type ThemeTokens,
  useExtension as extensionOfThePage,
} from './index.js';

function bridgeOfThePage(): IframeBridge {
  return extensionOfThePage().bridge;
}

/** This page's one bridge, which has said `ready`: the same for every component and however often it is drawn. */
export function useBridge(): IframeBridge {
  return bridgeOfThePage();
}

let told: ExtensionContext | null = null;

function subscribeToContext(changed: () => void): () => void {
  let listening = true;
  void extensionOfThePage().context.then((context) => {
    told = context;
    if (listening) changed();
  });
  return () => {
    listening = false;
  };
}

/** The bridge and its `fetch`, and tenant, extension and `gatewayBase`: null until the host has told them. */
export function useExtension(): Omit<Extension, 'context'> & { context: ExtensionContext | null } {
  const { bridge, fetch } = extensionOfThePage();
  return { bridge, fetch, context: useSyncExternalStore(subscribeToContext, () => told) };
}

/** What `read` finds in the bridge, now and after each of the host's messages. */
function useHeard<T>(bridge: IframeBridge, read: (bridge: IframeBridge) => T): T {
  const subscribe = useCallback((changed: () => void) => bridge.on(changed), [bridge]);
  return useSyncExternalStore(subscribe, () => read(bridge));
}

/** The host's theme, for what is not styled by its properties, such as a chart; the bridge sets these itself. Empty until it is told. */
export function useTheme(bridge: IframeBridge = bridgeOfThePage()): ThemeTokens {
  return useHeard(bridge, (bridge) => bridge.getThemeTokens());
}

/** The session's token: null until it is told, and always in a frame with an opaque origin. */
export function useAuthToken(bridge: IframeBridge = bridgeOfThePage()): string | null {
  return useHeard(bridge, (bridge) => bridge.getSessionToken());
}

/** What asks the host for a height in CSS pixels. */
export function useResize(bridge: IframeBridge = bridgeOfThePage()): (height: number) => void {
  return useCallback((height) => resize(bridge, height), [bridge]);
}

export interface Proxied<T> {
  /** The last answer; it stays while the next is awaited and when that fails. Null before the first, for no body and for no path. */
  data: T | null;
  /** Why the present request failed. */
  error: BridgeError | null;
  loading: boolean;
  /** Ask again. */
  reload: () => void;
}

interface Settled<T> {
  data: T | null;
  error: BridgeError | null;
  /** Which request this is the end of. */
  request: string | null;
}

/**
 * The JSON that one of the extension's own endpoints answers to GET; with null nothing is asked.
 *
 * Another path ends the waiting for the one before, and so does unmounting. An answer never shows after that of a later request.
 */
export function useProxy<T = unknown>(path: string | null, bridge: IframeBridge = bridgeOfThePage()): Proxied<T> {
  const [attempt, setAttempt] = useState(0);
  const [settled, settle] = useState<Settled<T>>({ data: null, error: null, request: null });
  const request = path === null ? null : `${attempt} ${path}`;

  useEffect(() => {
    if (path === null) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    callHandlerJson<T>(bridge, path, { signal }).then(
      (data) => signal.aborted || settle({ data, error: null, request }),
      (error: BridgeError) => signal.aborted || settle(({ data }) => ({ data, error, request })),
    );
    return () => controller.abort();
  }, [bridge, path, request]);

  const loading = settled.request !== request && request !== null;
  const reload = useCallback(() => setAttempt((attempt) => attempt + 1), []);
  return { data: path === null ? null : settled.data, error: loading || path === null ? null : settled.error, loading, reload };
}
