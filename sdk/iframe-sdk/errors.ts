import type { ApiProxyResponsePayload, ProxyFailure } from '../protocol/envelope.js';

/** `timeout`: no answer in time, and the call may have been done. `invalid_answer`: an answer that cannot be read. */
export type BridgeErrorCode = ProxyFailure | 'timeout' | 'invalid_answer';

/** Why a call failed; `status`, `headers` and `body` are of the answer where there is one (`http`). */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';

  constructor(
    readonly code: BridgeErrorCode,
    message: string,
    readonly status?: number,
    readonly headers: Record<string, string> = {},
    readonly body: Uint8Array<ArrayBuffer> = new Uint8Array(),
  ) {
    super(message);
  }
}

/** The status that a failed answer had; older hosts write it into their text alone. */
export function statusOf({ status, error = '' }: ApiProxyResponsePayload): number | undefined {
  return status ?? (Number(/^Proxy error (\d{3})\b/.exec(error)?.[1]) || undefined);
}
