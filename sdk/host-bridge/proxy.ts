import { decode, encode } from '../protocol/base64.js';
import { type ApiProxyResponsePayload, isMethod, isRecord, type ProxyFailure } from '../protocol/envelope.js';
import { confine } from './route.js';

const MAX_BODY = 10 << 20; // bytes each way, the gateway's own limit
const MAX_CALLS = 32; // at work for one frame: browsers open few connections, and the host page needs some itself
const REQUEST_HEADERS = ['accept', 'content-type', 'x-idempotency-key', 'idempotency-key'];
// What the gateway passes on of an extension's answer; the rest is the host application's own.
const RESPONSE_HEADERS = /^(content-type|cache-control|etag|location|content-disposition|vary|retry-after|x-request-id|x-ext-.+)$/;

/** Calls the endpoints of one extension for its frame, with the credentials of the host page. */
export class ApiProxy {
  private atWork = 0;
  private readonly stop = new AbortController();

  /** `prefix`: absolute URL of the extension's endpoints, with `/` at its end. */
  constructor(
    private readonly prefix: string,
    private readonly fetcher: typeof fetch,
  ) {}

  /** Answers the payload of one `apiproxy` message, whatever that is. Never throws. */
  async call(payload: unknown): Promise<ApiProxyResponsePayload> {
    if (this.atWork >= MAX_CALLS) return failure('busy', `at most ${MAX_CALLS} calls at a time`);
    this.atWork += 1;
    try {
      const request = this.read(payload);
      if (!Array.isArray(request)) return request;
      return await answer(await this.fetcher(...request));
    } catch {
      return failure('unreachable', 'the gateway could not be reached');
    } finally {
      this.atWork -= 1;
    }
  }

  /** Ends what is at work. */
  dispose(): void {
    this.stop.abort();
  }

  private read(payload: unknown): [string, RequestInit] | ApiProxyResponsePayload {
    if (!isRecord(payload)) return failure('invalid_call', 'payload must be an object');
    const { route, body = null, method = 'POST', headers = {} } = payload;
    if (!isMethod(method)) return failure('invalid_call', 'method must be GET, POST, PUT, PATCH or DELETE');
    const url = confine(this.prefix, route);
    if (url === undefined) return failure('invalid_call', 'route must be a path inside the extension');
    if (body !== null && typeof body !== 'string') return failure('invalid_call', 'body must be base64');
    if (body !== null && method === 'GET') return failure('invalid_call', 'GET has no body');
    if (body !== null && body.length * 0.75 > MAX_BODY + 2) return failure('too_large', `body must be at most ${MAX_BODY} bytes`);
    const sent = new Headers();
    try {
      if (body !== null) sent.set('content-type', 'application/octet-stream');
      for (const name of REQUEST_HEADERS) {
        const value = isRecord(headers) ? headers[name] : undefined;
        if (typeof value === 'string') sent.set(name, value);
      }
      // A redirect could lead anywhere on the host's own origin, with its cookies.
      const init: RequestInit = { method, headers: sent, redirect: 'manual', credentials: 'same-origin', signal: this.stop.signal };
      return [url, body === null ? init : { ...init, body: decode(body) }];
    } catch {
      return failure('invalid_call', 'body must be base64, and headers must be header fields');
    }
  }
}

async function answer(response: Response): Promise<ApiProxyResponsePayload> {
  if (response.type === 'opaqueredirect') return failure('redirected', 'redirects are not followed');
  const { status, statusText } = response;
  if (Number(response.headers.get('content-length')) > MAX_BODY) return failure('too_large', 'the answer is too large');
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > MAX_BODY) return failure('too_large', 'the answer is too large');
  const headers = Object.fromEntries([...response.headers].filter(([name]) => RESPONSE_HEADERS.test(name)));
  const found = { body: encode(bytes), status, headers };
  return response.ok ? found : { ...found, code: 'http', error: `Proxy error ${status}: ${statusText}` };
}

function failure(code: ProxyFailure, error: string): ApiProxyResponsePayload {
  return { code, error };
}
