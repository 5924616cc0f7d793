import type { IframeBridge } from './bridge.js';
import type { ThemeTokens } from './messages.js';

/** Set CSS custom properties on this page's root; what is not named `--…` is left out. */
export function applyTheme(tokens: ThemeTokens): void {
  for (const [name, value] of Object.entries(tokens)) {
    if (name.startsWith('--')) document.documentElement.style.setProperty(name, String(value));
  }
}

/** Hear of themes. The bridge sets their properties itself. Answers a function that ends it. */
export function subscribeTheme(bridge: IframeBridge, listener: (tokens: ThemeTokens) => void = applyTheme): () => boolean {
  return bridge.on((message) => {
    if (message.type === 'theme') listener(message.payload);
  });
}
