export declare const VERSION = "1";
export declare const METHODS: readonly ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
export type EnvelopeVersion = typeof VERSION;
export type ProxyHttpMethod = (typeof METHODS)[number];
/** CSS custom property (`--alga-primary`) -> value. */
export type ThemeTokens = Record<string, string>;
export interface Envelope<TType extends string = string, TPayload = unknown> {
    alga: true;
    version: EnvelopeVersion;
    type: TType;
    request_id?: string;
    payload: TPayload;
}
/** What a frame may know about the install it belongs to; nothing of it is secret. */
export interface ExtensionContext {
    /** The tenant of the person at the screen; empty when the host page does not say. */
    tenant: string;
    extension: string;
    content_hash: string;
    /** Where the extension's endpoints are for the host page, e.g. `/api/ext-proxy/com.example.reports`. */
    gatewayBase: string;
}
export interface BootstrapPayload {
    /** Both are empty in a frame with an opaque origin. */
    session: {
        token: string;
        expires_at: string;
    };
    theme_tokens: ThemeTokens;
    navigation: {
        path: string;
    };
    /** Absent where the host page is not ours. */
    context?: ExtensionContext;
}
/** Why a call has no answer of the extension. */
export type ProxyFailure = 'invalid_call' | 'busy' | 'too_large' | 'redirected' | 'unreachable' | 'http';
export interface ApiProxyResponsePayload {
    /** Base64. */
    body?: string;
    /** For people; present for every status outside 200 to 299, and when there is no answer at all. */
    error?: string;
    code?: ProxyFailure;
    status?: number;
    headers?: Record<string, string>;
}
export interface ApiProxyPayload {
    /** Path and query below the extension's own endpoints. */
    route: string;
    /** Base64. */
    body?: string;
    /** POST when absent. */
    method?: ProxyHttpMethod;
    /** Of these `accept`, `content-type`, `x-idempotency-key` and `idempotency-key` are passed on. */
    headers?: Record<string, string>;
}
export interface ResizePayload {
    height: number;
}
export interface NavigatePayload {
    path: string;
}
export interface HostToClient {
    bootstrap: BootstrapPayload;
    theme: ThemeTokens;
    theme_tokens: {
        theme_tokens: ThemeTokens;
    };
    apiproxy_response: ApiProxyResponsePayload;
}
export interface ClientToHost {
    ready: Record<string, never>;
    resize: ResizePayload;
    navigate: NavigatePayload;
    apiproxy: ApiProxyPayload;
}
type Messages<TTable> = {
    [TType in keyof TTable & string]: Envelope<TType, TTable[TType]>;
}[keyof TTable & string];
export type HostToClientType = keyof HostToClient;
export type ClientToHostType = keyof ClientToHost;
export type HostToClientMessage = Messages<HostToClient>;
export type ClientToHostMessage = Messages<ClientToHost>;
export type AnyMessage = HostToClientMessage | ClientToHostMessage;
export declare function envelope<TType extends string, TPayload>(type: TType, payload: TPayload, requestId?: string): Envelope<TType, TPayload>;
export declare function isEnvelope(value: unknown): value is Envelope;
export declare function isRecord(value: unknown): value is Record<string, unknown>;
export declare function isMethod(value: unknown): value is ProxyHttpMethod;
export {};
