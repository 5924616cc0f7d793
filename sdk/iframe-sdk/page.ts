import type { IframeBridge } from './bridge.js';

/** Tell the host that this page is at another path, for its address bar. */
export function navigate(bridge: IframeBridge, path: string): void {
  bridge.emitToHost('navigate', { path });
}

/** The path that the host opened this page with: `?path=` of its URL. */
export function currentPath(): string {
  return new URLSearchParams(location.search).get('path') || '/';
}

/** Ask for a height in CSS pixels; hosts give 100 to 4,000. */
export function resize(bridge: IframeBridge, height: number): void {
  bridge.emitToHost('resize', { height });
}

/** Ask for the height of this page's content, now and when it changes. Answers a function that ends it. */
export function autoResize(bridge: IframeBridge): () => void {
  const root = document.documentElement;
  const observer = new ResizeObserver(() => resize(bridge, Math.ceil(root.getBoundingClientRect().height)));
  observer.observe(root);
  return () => observer.disconnect();
}

/** The session's token, now or when it comes: never, in a frame with an opaque origin. */
export function getToken(bridge: IframeBridge): Promise<string> {
  const token = bridge.getSessionToken();
  if (token) return Promise.resolve(token);
  return new Promise((resolve) => {
    const off = bridge.on(() => {
      const found = bridge.getSessionToken();
      if (!found) return;
      off();
      resolve(found);
    });
  });
}
