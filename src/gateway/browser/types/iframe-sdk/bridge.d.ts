import { type ChannelOptions } from './channel.js';
import { type ClientToHostType, type ExtensionContext, type HostToClientMessage, type ProxyHttpMethod, type ThemeTokens } from './messages.js';
export interface BridgeOptions extends ChannelOptions {
    /** How long a call may take, in milliseconds (default: 35,000). */
    timeoutMs?: number;
}
export interface ProxyRequestOptions {
    /** POST when absent. */
    method?: ProxyHttpMethod;
    /** Of these the host passes on `accept`, `content-type`, `x-idempotency-key` and `idempotency-key`. */
    headers?: Record<string, string>;
    /** Ends the waiting, not the call. */
    signal?: AbortSignal;
}
export type CallRoute = (route: string, payload?: Uint8Array | null, options?: ProxyRequestOptions) => Promise<Uint8Array<ArrayBuffer>>;
export type Listener = (message: HostToClientMessage) => void;
/** An extension's page, speaking with the host page that holds its frame. */
export declare class IframeBridge {
    /** Resolves with the first `bootstrap` of a host that tells it. */
    readonly context: Promise<ExtensionContext>;
    readonly uiProxy: {
        readonly callRoute: CallRoute;
        readonly call: CallRoute;
    };
    private readonly listeners;
    private readonly channel;
    private readonly timeoutMs;
    private readonly page;
    private calls;
    private token;
    private theme;
    private gatewayBase;
    constructor(options?: BridgeOptions);
    /** Say that this page listens; the host answers with `bootstrap`. */
    ready(requestId?: string): void;
    /** Hear the host's messages. Answers a function that ends it. */
    on(listener: Listener): () => boolean;
    emitToHost(type: ClientToHostType, payload: object, requestId?: string): void;
    /** The session's token; null in a frame with an opaque origin, and before `bootstrap`. */
    getSessionToken(): string | null;
    getThemeTokens(): ThemeTokens;
    setExpectedParentOrigin(origin: string): void;
    /** Call one of the extension's own endpoints. Raises BridgeError, for a status outside 200 to 299 too. */
    callProxy(route: string, payload?: Uint8Array | null, options?: ProxyRequestOptions): Promise<Uint8Array<ArrayBuffer>>;
    /**
     * The same as `fetch` of the web, for the extension's own endpoints: `/agreements?page=2`, with or without `gatewayBase` before it.
     *
     * Rejects with BridgeError when there is no answer of the extension, with the signal's reason when it is aborted.
     */
    readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
    private exchange;
    private hear;
    private dress;
}
