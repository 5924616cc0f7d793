export * from './types/iframe-sdk/react.js';
