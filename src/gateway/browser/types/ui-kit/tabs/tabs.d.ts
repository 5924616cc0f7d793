import { AlgaElement } from '../base.js';
/** `<alga-tabs>` of `<alga-tab>`s and `<alga-tab-panel>`s with the same names. One tab is in the page's order of focus; arrows, Home and End go to the others. */
export declare class AlgaTabs extends AlgaElement {
    static readonly attributes: {
        label: string;
        manual: boolean;
        value: string;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<div role=\"tablist\" part=\"list\"><slot name=\"tab\"></slot></div><slot></slot>";
    /** Names the list of tabs. */
    label: string;
    /** Arrows only move the focus; Enter and Space choose. For panels that take time to show. */
    manual: boolean;
    /** The name of the chosen tab; the first that is not disabled, unless it is said. A user's choice is told as `tabchange` with `{value}`. */
    value: string;
    private readonly observer;
    constructor();
    connectedCallback(): void;
    disconnectedCallback(): void;
    private get tabs();
    private get chosen();
    protected update(): void;
    private tabOf;
    private choose;
    private pressed;
    /** Where a key leads from a tab: around the end, past disabled ones, the other way in right-to-left text. */
    private target;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-tabs': AlgaTabs;
    }
}
