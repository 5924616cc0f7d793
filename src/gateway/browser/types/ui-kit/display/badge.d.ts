import { AlgaElement } from '../base.js';
/** `<alga-badge>`: a word about a state. The colour repeats what the word says. */
export declare class AlgaBadge extends AlgaElement {
    static readonly attributes: {
        variant: string[];
    };
    static readonly styles: CSSStyleSheet[];
    variant: 'primary' | 'neutral' | 'success' | 'warning' | 'danger';
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-badge': AlgaBadge;
    }
}
