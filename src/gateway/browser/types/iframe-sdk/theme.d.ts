import type { IframeBridge } from './bridge.js';
import type { ThemeTokens } from './messages.js';
/** Set CSS custom properties on this page's root; what is not named `--…` is left out. */
export declare function applyTheme(tokens: ThemeTokens): void;
/** Hear of themes. The bridge sets their properties itself. Answers a function that ends it. */
export declare function subscribeTheme(bridge: IframeBridge, listener?: (tokens: ThemeTokens) => void): () => boolean;
