import { AlgaElement } from '../base.js';
/**
 * `<alga-dialog heading="…">`: a native modal dialog: the rest of the page is inert, and the focus goes back to where it was. Tells `cancel` before
 * Escape, the cross or a click beside it close it, unless a listener prevents it; and `close` whenever it was closed.
 */
export declare class AlgaDialog extends AlgaElement {
    static readonly attributes: {
        closeLabel: string;
        heading: string;
        open: boolean;
        persistent: boolean;
        size: string[];
    };
    static readonly watched: string[];
    static readonly styles: CSSStyleSheet[];
    static readonly template: string;
    closeLabel: string;
    heading: string;
    open: boolean;
    /** Closed by the page alone. */
    persistent: boolean;
    size: 'sm' | 'md' | 'lg';
    private readonly dialog;
    constructor();
    disconnectedCallback(): void;
    show(): void;
    close(): void;
    protected update(): void;
    private cancel;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-dialog': AlgaDialog;
    }
}
