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
    static readonly template = "<dialog part=\"dialog\"><div class=\"box\"><h2 id=\"heading\" part=\"heading\"></h2><div part=\"body\"><slot></slot></div>\n    <footer part=\"footer\"><slot name=\"footer\"></slot></footer>\n    <button type=\"button\" part=\"close\"><svg viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\" aria-hidden=\"true\"><path d=\"m4 4 8 8m0-8-8 8\"/></svg></button></div></dialog>";
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
