import type { ClientToHostMessage, Envelope, HostToClientMessage } from '../protocol/envelope.js';

export * from '../protocol/envelope.js';

const FROM_HOST = ['bootstrap', 'theme', 'theme_tokens', 'apiproxy_response'];
const FROM_CLIENT = ['ready', 'resize', 'navigate', 'apiproxy'];

export function isHostToClient(message: Envelope): message is HostToClientMessage {
  return FROM_HOST.includes(message.type);
}

export function isClientToHost(message: Envelope): message is ClientToHostMessage {
  return FROM_CLIENT.includes(message.type);
}
