import type { ApiProxyResponsePayload, ProxyFailure } from '../protocol/envelope.js';
/** `timeout`: no answer in time, and the call may have been done. `invalid_answer`: an answer that cannot be read. */
export type BridgeErrorCode = ProxyFailure | 'timeout' | 'invalid_answer';
/** Why a call failed; `status`, `headers` and `body` are of the answer where there is one (`http`). */
export declare class BridgeError extends Error {
    readonly code: BridgeErrorCode;
    readonly status?: number | undefined;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array<ArrayBuffer>;
    readonly name = "BridgeError";
    constructor(code: BridgeErrorCode, message: string, status?: number | undefined, headers?: Record<string, string>, body?: Uint8Array<ArrayBuffer>);
}
/** The status that a failed answer had; older hosts write it into their text alone. */
export declare function statusOf({ status, error }: ApiProxyResponsePayload): number | undefined;
