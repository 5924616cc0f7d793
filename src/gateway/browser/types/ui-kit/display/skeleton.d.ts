import { AlgaElement } from '../base.js';
/** `<alga-skeleton>`: the place of what is still loading. Screen readers do not see it: say `aria-busy` on what it stands in. */
export declare class AlgaSkeleton extends AlgaElement {
    static readonly attributes: {
        height: string;
        lines: number;
        variant: string[];
        width: string;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<div aria-hidden=\"true\"></div>";
    /** CSS lengths. */
    height: string;
    width: string;
    /** Of text: 1 to 100. */
    lines: number;
    variant: 'text' | 'circle' | 'rectangle';
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-skeleton': AlgaSkeleton;
    }
}
