import { AlgaElement } from '../base.js';
/** `<alga-label for="id">`: names a control of the kit or a native one, and passes clicks on to it. Also around a control, without `for`. */
export declare class AlgaLabel extends AlgaElement {
    static readonly attributes: {
        for: string;
        required: boolean;
    };
    static readonly styles: CSSStyleSheet[];
    for: string;
    /** Shows that the control must be filled in; the control itself has to say it too. */
    required: boolean;
    private readonly observer;
    constructor();
    connectedCallback(): void;
    disconnectedCallback(): void;
    get control(): HTMLElement | null;
    protected update(): void;
    private pass;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-label': AlgaLabel;
    }
}
