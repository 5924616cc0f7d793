export * from './types/host-bridge/index.js';
