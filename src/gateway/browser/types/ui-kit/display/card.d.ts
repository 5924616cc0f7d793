import { AlgaElement } from '../base.js';
/** `<alga-card>`: a surface with a heading, actions beside it, content and a footer; what is not given takes no place. */
export declare class AlgaCard extends AlgaElement {
    static readonly attributes: {
        heading: string;
        level: number;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<section part=\"card\"><header part=\"header\"><div id=\"heading\" part=\"heading\" role=\"heading\"><slot name=\"heading\"></slot></div><slot name=\"actions\"></slot></header>\n    <div part=\"body\"><slot></slot></div><footer part=\"footer\"><slot name=\"footer\"></slot></footer></section>";
    heading: string;
    /** Of the heading, 1 to 6. */
    level: number;
    constructor();
    protected update(): void;
    private has;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-card': AlgaCard;
    }
}
