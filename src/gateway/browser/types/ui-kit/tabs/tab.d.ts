import { AlgaElement } from '../base.js';
/** `<alga-tab name="…">`, in `<alga-tabs>`: what chooses the panel with the same name. */
export declare class AlgaTab extends AlgaElement {
    static readonly attributes: {
        disabled: boolean;
        name: string;
    };
    static readonly styles: CSSStyleSheet[];
    disabled: boolean;
    name: string;
    connectedCallback(): void;
    protected update(): void;
}
/** `<alga-tab-panel name="…">`, in `<alga-tabs>`: shown while its tab is chosen. */
export declare class AlgaTabPanel extends AlgaElement {
    static readonly attributes: {
        name: string;
    };
    static readonly styles: CSSStyleSheet[];
    name: string;
    connectedCallback(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-tab': AlgaTab;
        'alga-tab-panel': AlgaTabPanel;
    }
}
