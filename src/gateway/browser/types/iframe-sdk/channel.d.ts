import { type HostToClientMessage } from './messages.js';
export interface ChannelOptions {
    /** The host page's origin; `?parentOrigin=` of this page's URL when absent, which `buildExtUiSrc` writes. */
    expectedParentOrigin?: string;
    /** Speak to whatever page holds this frame, when nothing says which one that is. For development only. */
    devAllowWildcard?: boolean;
}
/**
 * To the host page and back. With an origin of its own this page and the host address each other exactly. With an opaque origin (a
 * frame with `allow-scripts` alone) the host could only shout, so all but the first `ready` goes through a port that this page
 * makes: no document that comes after it in the same frame can hear that.
 */
export declare class Channel {
    parentOrigin: string;
    private readonly channel;
    private handed;
    constructor(options: ChannelOptions, heard: (message: HostToClientMessage) => void);
    send(type: string, payload: object, requestId?: string): void;
}
