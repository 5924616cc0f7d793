import { AlgaElement } from '../base.js';
/** `<alga-spinner>`: something is going on, which `label` names for screen readers. */
export declare class AlgaSpinner extends AlgaElement {
    static readonly attributes: {
        label: string;
        size: string[];
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<span role=\"status\"><span class=\"ring\" part=\"ring\"></span><span class=\"unseen\"></span></span>";
    label: string;
    size: 'sm' | 'md' | 'lg';
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-spinner': AlgaSpinner;
    }
}
