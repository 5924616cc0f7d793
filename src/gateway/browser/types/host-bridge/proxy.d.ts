import { type ApiProxyResponsePayload } from '../protocol/envelope.js';
/** Calls the endpoints of one extension for its frame, with the credentials of the host page. */
export declare class ApiProxy {
    private readonly prefix;
    private readonly fetcher;
    private atWork;
    private readonly stop;
    /** `prefix`: absolute URL of the extension's endpoints, with `/` at its end. */
    constructor(prefix: string, fetcher: typeof fetch);
    /** Answers the payload of one `apiproxy` message, whatever that is. Never throws. */
    call(payload: unknown): Promise<ApiProxyResponsePayload>;
    /** Ends what is at work. */
    dispose(): void;
    private read;
}
