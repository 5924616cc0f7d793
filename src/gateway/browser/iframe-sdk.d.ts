export * from './types/iframe-sdk/index.js';
