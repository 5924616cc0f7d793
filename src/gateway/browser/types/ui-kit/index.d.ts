export { AlgaButton } from './button/button.js';
export { darkTokens, lightTokens, type Tokens } from './tokens.js';
