import { IframeBridge } from './bridge.js';
import type { ExtensionContext } from './messages.js';

export interface Extension {
  bridge: IframeBridge;
  /** Tenant, extension and `gatewayBase`, once the host has told them. */
  context: Promise<ExtensionContext>;
  /** `fetch` for the extension's own endpoints. */
  fetch: IframeBridge['fetch'];
}

let extension: Extension | undefined;

/** This page's one bridge, which has said `ready`. */
export function useExtension(): Extension {
  if (!extension) {
    const bridge = new IframeBridge();
    extension = { bridge, context: bridge.context, fetch: bridge.fetch };
    bridge.ready();
  }
  return extension;
}
