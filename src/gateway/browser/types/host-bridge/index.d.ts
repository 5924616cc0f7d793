export { type BootstrapOptions, bootstrapIframe, type HostBridge, type Session } from './bridge.js';
export type { FrameOptions } from './frame.js';
export { buildExtUiSrc, frameSource, type SrcOptions } from './source.js';
export type { Envelope, ExtensionContext, ThemeTokens } from '../protocol/envelope.js';
