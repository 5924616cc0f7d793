import { AlgaElement } from '../base.js';
/** `<alga-stack>`: its children below or beside each other, at one distance. */
export declare class AlgaStack extends AlgaElement {
    static readonly attributes: {
        align: string[];
        direction: string[];
        gap: string[];
        justify: string[];
        wrap: boolean;
    };
    static readonly styles: CSSStyleSheet[];
    align: 'stretch' | 'start' | 'center' | 'end' | 'baseline';
    direction: 'column' | 'row';
    gap: 'none' | 'xs' | 'sm' | 'md' | 'lg' | 'xl';
    justify: 'start' | 'center' | 'end' | 'between';
    wrap: boolean;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-stack': AlgaStack;
    }
}
