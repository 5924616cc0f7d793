import { Toggle } from './toggle.js';
/** `<alga-switch>`: a checkbox that takes effect at once. */
export declare class AlgaSwitch extends Toggle {
    static readonly styles: CSSStyleSheet[];
    constructor();
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-switch': AlgaSwitch;
    }
}
