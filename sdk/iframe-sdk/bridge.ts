import { decode, encode } from '../protocol/base64.js';
import { Channel, type ChannelOptions } from './channel.js';
import { BridgeError, statusOf } from './errors.js';
import {
  type ApiProxyResponsePayload,
  type ClientToHostType,
  type ExtensionContext,
  type HostToClientMessage,
  isMethod,
  type ProxyHttpMethod,
  type ThemeTokens,
} from './messages.js';
import { applyTheme } from './theme.js';

const DEFAULT_TIMEOUT_MS = 35_000; // longer than gateways wait for an extension, so that it is theirs to give up
const BASE = 'http://extension.invalid';
const NULL_BODY = [204, 205, 304]; // statuses whose answers have no body

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
export class IframeBridge {
  /** Resolves with the first `bootstrap` of a host that tells it. */
  readonly context: Promise<ExtensionContext>;
  readonly uiProxy: { readonly callRoute: CallRoute; readonly call: CallRoute };

  private readonly listeners = new Set<Listener>();
  private readonly channel: Channel;
  private readonly timeoutMs: number;
  private readonly page = Math.random().toString(36).slice(2); // an answer to an earlier page is no answer to this one
  private calls = 0;
  private token: string | null = null;
  private theme: ThemeTokens = {};
  private gatewayBase = '';

  constructor(options: BridgeOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const call: CallRoute = (route, payload, options) => this.callProxy(route, payload, options);
    this.uiProxy = { callRoute: call, call };
    this.channel = new Channel(options, (message) => this.hear(message));
    this.context = new Promise((resolve) => {
      const off = this.on((message) => {
        if (message.type !== 'bootstrap' || !message.payload.context) return;
        off();
        resolve(message.payload.context);
      });
    });
  }

  /** Say that this page listens; the host answers with `bootstrap`. */
  ready(requestId?: string): void {
    this.emitToHost('ready', {}, requestId);
  }

  /** Hear the host's messages. Answers a function that ends it. */
  on(listener: Listener): () => boolean {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emitToHost(type: ClientToHostType, payload: object, requestId?: string): void {
    this.channel.send(type, payload, requestId);
  }

  /** The session's token; null in a frame with an opaque origin, and before `bootstrap`. */
  getSessionToken(): string | null {
    return this.token;
  }

  getThemeTokens(): ThemeTokens {
    return this.theme;
  }

  setExpectedParentOrigin(origin: string): void {
    this.channel.parentOrigin = origin;
  }

  /** Call one of the extension's own endpoints. Raises BridgeError, for a status outside 200 to 299 too. */
  async callProxy(route: string, payload?: Uint8Array | null, options: ProxyRequestOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.exchange(route, payload, options);
    const body = bytesOf(answer);
    if (answer.error === undefined) return body;
    const status = statusOf(answer);
    throw new BridgeError(answer.code ?? (status ? 'http' : 'unreachable'), answer.error, status, answer.headers, body);
  }

  /**
   * The same as `fetch` of the web, for the extension's own endpoints: `/agreements?page=2`, with or without `gatewayBase` before it.
   *
   * Rejects with BridgeError when there is no answer of the extension, with the signal's reason when it is aborted.
   */
  readonly fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const inside = this.gatewayBase && path.startsWith(`${this.gatewayBase}/`) ? path.slice(this.gatewayBase.length) : path;
    if (!/^\/(?!\/)/.test(inside)) throw new BridgeError('invalid_call', 'only paths inside the extension, from its / on');
    const request = new Request(BASE + inside, init);
    const method: string = request.method;
    if (!isMethod(method)) throw new BridgeError('invalid_call', `Unsupported proxy method: ${method}`);
    const body = new Uint8Array(await request.arrayBuffer());
    const route = request.url.slice(BASE.length);
    const options = { method, headers: Object.fromEntries(request.headers), signal: request.signal };
    const answer = await this.exchange(route, body.length > 0 ? body : null, options);
    const status = statusOf(answer) ?? (answer.error === undefined ? 200 : 0);
    if (status < 200) throw new BridgeError(answer.code ?? 'unreachable', answer.error ?? 'no status');
    return new Response(NULL_BODY.includes(status) ? null : bytesOf(answer), { status, headers: answer.headers ?? {} });
  };

  private exchange(route: string, payload: Uint8Array | null | undefined, options: ProxyRequestOptions): Promise<ApiProxyResponsePayload> {
    const { signal, headers } = options;
    const method = (options.method ?? 'POST').toUpperCase();
    return new Promise((resolve, reject) => {
      if (!isMethod(method)) throw new BridgeError('invalid_call', `Unsupported proxy method: ${method}`);
      if (method === 'GET' && payload) throw new BridgeError('invalid_call', 'GET requests cannot include a body');
      signal?.throwIfAborted();
      this.calls += 1;
      const id = `${this.page}-${this.calls}`;
      const end = (): void => {
        off();
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        end();
        reject(signal?.reason);
      };
      const off = this.on((message) => {
        if (message.type !== 'apiproxy_response' || message.request_id !== id) return;
        end();
        resolve(message.payload);
      });
      const timer = setTimeout(() => {
        end();
        reject(new BridgeError('timeout', 'Proxy request timed out'));
      }, this.timeoutMs);
      signal?.addEventListener('abort', abort);
      const body = payload ? { body: encode(payload) } : {};
      this.emitToHost('apiproxy', { route, method, ...body, ...(headers ? { headers } : {}) }, id);
    });
  }

  private hear(message: HostToClientMessage): void {
    if (message.type === 'bootstrap') {
      const { session, theme_tokens: tokens, context } = message.payload;
      this.dress(tokens);
      this.token = session?.token || this.token;
      this.gatewayBase = context?.gatewayBase ?? this.gatewayBase;
    } else if (message.type === 'theme') {
      this.dress(message.payload);
    } else if (message.type === 'theme_tokens') {
      this.dress(message.payload.theme_tokens);
    }
    for (const listener of this.listeners) listener(message);
  }

  private dress(tokens: ThemeTokens = {}): void {
    this.theme = tokens;
    applyTheme(tokens);
  }
}

function bytesOf({ body = '' }: ApiProxyResponsePayload): Uint8Array<ArrayBuffer> {
  try {
    return decode(body);
  } catch {
    throw new BridgeError('invalid_answer', 'Failed to decode proxy response');
  }
}
