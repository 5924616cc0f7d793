import { envelope, type HostToClient, isEnvelope, isRecord, type ThemeTokens } from '../protocol/envelope.js';
import { type Address, type FrameOptions, isolate } from './frame.js';
import { ApiProxy } from './proxy.js';
import { clientPath } from './route.js';

const HEIGHT = { min: 100, max: 4_000 }; // CSS pixels

export interface Session {
  token: string;
  /** ISO 8601. */
  expiresAt: string;
}

export interface BootstrapOptions extends FrameOptions {
  /** The page inside the extension to begin with (default: `/`). */
  initialPath?: string;
  /** Given only to a frame with an origin of its install: who would hear it in an opaque one cannot be known. */
  session?: Session;
  themeTokens?: ThemeTokens;
  /** Of the first `bootstrap` message. */
  requestId?: string;
  tenantId?: string;
  /** Where the host application relays calls (default: `/api/ext-proxy`); on this page's origin, or one that allows it. */
  apiBase?: string;
  /** In place of the browser's own, e.g. to add a token to each call. */
  fetch?: typeof fetch;
  /** The frame has said that it listens. */
  onReady?: () => void;
  /** The frame wants to be at a path of its own; without this it is loaded again there. */
  onNavigate?: (path: string) => void;
}

/** Of a frame that is connected. */
export interface HostBridge {
  setTheme(tokens: ThemeTokens): void;
  /** A token that replaces one that ends. */
  setSession(session: Session): void;
  /** Hear and say nothing more, and end the calls at work. May be called twice. */
  dispose(): void;
}

/** Connect a frame whose `src` is set (`buildExtUiSrc`). Throws TypeError for a frame that would not be isolated. */
export function bootstrapIframe(options: BootstrapOptions): HostBridge {
  return new Bridge(options, isolate(options));
}

type Reply = <TType extends keyof HostToClient>(type: TType, payload: HostToClient[TType], requestId?: string) => void;

class Bridge implements HostBridge {
  private readonly gatewayBase: string;
  private readonly proxy: ApiProxy;
  private readonly stop = new AbortController();
  private theme: ThemeTokens;
  private session: Session | undefined;
  private port: MessagePort | undefined;

  constructor(
    private readonly options: BootstrapOptions,
    private readonly address: Address,
  ) {
    const { iframe, extensionId, apiBase = '/api/ext-proxy', themeTokens = {}, session } = options;
    this.gatewayBase = `${apiBase.replace(/\/+$/, '')}/${extensionId}`;
    const fetcher = options.fetch ?? fetch.bind(globalThis);
    this.proxy = new ApiProxy(`${new URL(this.gatewayBase, location.href).href}/`, fetcher);
    this.theme = themeTokens;
    this.session = session;
    const { signal } = this.stop;
    window.addEventListener('message', (event) => this.hear(event), { signal });
    // For frames that never say `ready`; one with a port has been told already.
    const loaded = (): void => {
      if (!this.port) this.bootstrap(this.post, options.requestId);
    };
    iframe.addEventListener('load', loaded, { signal });
  }

  setTheme(tokens: ThemeTokens): void {
    this.theme = tokens;
    this.say('theme', tokens);
    this.say('theme_tokens', { theme_tokens: tokens });
  }

  setSession(session: Session): void {
    this.session = session;
    this.bootstrap(this.say);
  }

  dispose(): void {
    this.stop.abort();
    this.proxy.dispose();
    this.port?.close();
  }

  private hear(event: MessageEvent<unknown>): void {
    const { source, origin, data, ports } = event;
    if (source === null || source !== this.options.iframe.contentWindow || origin !== this.address.origin) return;
    if (isEnvelope(data) && data.type === 'ready') this.take(ports[0]);
    this.act(data, this.post);
  }

  /** The frame's document made this channel: what is said through it is heard by no document that comes after. */
  private take(port: MessagePort | undefined): void {
    this.port?.close();
    this.port = port;
    if (port) port.onmessage = ({ data }: MessageEvent<unknown>) => this.act(data, this.reply(port));
  }

  private act(data: unknown, reply: Reply): void {
    if (!isEnvelope(data)) return;
    const { type, request_id: id } = data;
    const payload = isRecord(data.payload) ? data.payload : {};
    if (type === 'ready') {
      this.bootstrap(this.say, id ?? this.options.requestId);
      this.options.onReady?.();
    } else if (type === 'resize') {
      this.resize(payload['height']);
    } else if (type === 'navigate') {
      this.navigate(payload['path']);
    } else if (type === 'apiproxy') {
      void this.proxy.call(data.payload).then((answer) => reply('apiproxy_response', answer, id));
    }
  }

  private resize(height: unknown): void {
    if (typeof height !== 'number' || !Number.isFinite(height)) return;
    this.options.iframe.style.height = `${Math.min(Math.max(Math.floor(height), HEIGHT.min), HEIGHT.max)}px`;
  }

  private navigate(wanted: unknown): void {
    const path = clientPath(wanted);
    if (path === undefined) return;
    const { iframe, onNavigate } = this.options;
    if (onNavigate) {
      onNavigate(path);
      return;
    }
    const src = new URL(iframe.src);
    src.searchParams.set('path', path);
    iframe.src = src.href;
  }

  private bootstrap(reply: Reply, requestId?: string): void {
    const { initialPath = '/', tenantId = '', extensionId, contentHash } = this.options;
    const session = this.address.target === '*' ? undefined : this.session;
    reply(
      'bootstrap',
      {
        session: { token: session?.token ?? '', expires_at: session?.expiresAt ?? '' },
        theme_tokens: this.theme,
        navigation: { path: initialPath },
        context: { tenant: tenantId, extension: extensionId, content_hash: contentHash, gatewayBase: this.gatewayBase },
      },
      requestId,
    );
  }

  /** To the frame's document, through its port if it has made one. */
  private readonly say: Reply = (type, payload, requestId) => {
    (this.port ? this.reply(this.port) : this.post)(type, payload, requestId);
  };

  private readonly post: Reply = (type, payload, requestId) => {
    if (this.stop.signal.aborted) return;
    this.options.iframe.contentWindow?.postMessage(envelope(type, payload, requestId), this.address.target);
  };

  private reply(port: MessagePort): Reply {
    return (type, payload, requestId) => {
      if (!this.stop.signal.aborted) port.postMessage(envelope(type, payload, requestId));
    };
  }
}
