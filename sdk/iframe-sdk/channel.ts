import { envelope, type HostToClientMessage, isEnvelope, isHostToClient } from './messages.js';

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
export class Channel {
  parentOrigin: string;
  private readonly channel = window.origin === 'null' ? new MessageChannel() : undefined;
  private handed = false;

  constructor(options: ChannelOptions, heard: (message: HostToClientMessage) => void) {
    const named = options.expectedParentOrigin ?? new URLSearchParams(location.search).get('parentOrigin');
    this.parentOrigin = named || (options.devAllowWildcard ? '*' : location.origin);
    const hear = ({ data }: MessageEvent<unknown>): void => {
      if (isEnvelope(data) && isHostToClient(data)) heard(data);
    };
    window.addEventListener('message', (event) => {
      const known = this.parentOrigin === '*' || event.origin === this.parentOrigin;
      if (event.source === window.parent && known) hear(event);
    });
    if (this.channel) this.channel.port1.onmessage = hear;
  }

  send(type: string, payload: object, requestId?: string): void {
    const message = envelope(type, payload, requestId);
    if (!this.channel) {
      window.parent.postMessage(message, this.parentOrigin);
    } else if (type === 'ready' && !this.handed) {
      this.handed = true;
      window.parent.postMessage(message, this.parentOrigin, [this.channel.port2]);
    } else {
      // Before `ready` messages wait in the port.
      this.channel.port1.postMessage(message);
    }
  }
}
