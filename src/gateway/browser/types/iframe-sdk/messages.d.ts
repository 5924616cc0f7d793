import type { ClientToHostMessage, Envelope, HostToClientMessage } from '../protocol/envelope.js';
export * from '../protocol/envelope.js';
export declare function isHostToClient(message: Envelope): message is HostToClientMessage;
export declare function isClientToHost(message: Envelope): message is ClientToHostMessage;
