export { type BridgeOptions, type CallRoute, IframeBridge, type Listener, type ProxyRequestOptions } from './bridge.js';
export { BridgeError, type BridgeErrorCode } from './errors.js';
export { type Extension, useExtension } from './extension.js';
export { callHandlerJson, type CallHandlerJsonOptions, type UiProxyHostLike } from './handlers.js';
export { isClientToHost, isEnvelope, isHostToClient } from './messages.js';
export type * from './messages.js';
export { autoResize, currentPath, getToken, navigate, resize } from './page.js';
export { handlerStorage, type HandlerStorage } from './storage.js';
export { applyTheme, subscribeTheme } from './theme.js';
