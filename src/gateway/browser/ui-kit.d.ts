export * from './types/ui-kit/index.js';
