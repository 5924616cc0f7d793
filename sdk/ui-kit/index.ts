// Custom elements for the pages of extensions; importing it defines them.
import { provideTokens } from './theme.js';

export { AlgaButton } from './button/button.js';
export { darkTokens, lightTokens, type Tokens } from './tokens.js';

provideTokens();
