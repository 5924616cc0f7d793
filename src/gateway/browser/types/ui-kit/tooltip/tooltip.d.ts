import { AlgaElement } from '../base.js';
import { type Side } from './place.js';
/**
 * `<alga-tooltip text="…">` around one element: shows the text while that is hovered or focused, until Escape, and makes it the element's
 * description for screen readers. The pointer may go into it.
 */
export declare class AlgaTooltip extends AlgaElement {
    static readonly attributes: {
        delay: number;
        placement: readonly ["top", "bottom", "left", "right"];
        text: string;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<slot></slot><div popover=\"manual\" role=\"tooltip\" part=\"tooltip\"></div>";
    /** Before it opens for a pointer, in milliseconds. */
    delay: number;
    placement: Side;
    text: string;
    private readonly tip;
    private timer;
    private described;
    private readonly follow;
    private readonly escape;
    constructor();
    disconnectedCallback(): void;
    protected update(): void;
    private soon;
    private show;
    private hide;
    private place;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-tooltip': AlgaTooltip;
    }
}
