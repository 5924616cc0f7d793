// What the declarations that ship say to a page in strict TypeScript. It is compiled, not run.
import { type AlgaInput, darkTokens, type Tokens } from '../../src/gateway/browser/ui-kit.js';

const button = document.createElement('alga-button');
button.variant = 'danger';
button.loading = true;
// @ts-expect-error not one of the variants
button.variant = 'huge';

const input: AlgaInput | null = document.querySelector('alga-input');
const state: ValidityState | undefined = input?.validity;
const dark: Tokens = darkTokens;
// @ts-expect-error a class for elements of the kit alone
input?.touch();
export { dark, state };
