import { AlgaElement } from '../base.js';
declare const AS: readonly ['p', 'span', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
/** `<alga-text as="h2">`: text that is what `as` says, e.g. a heading, also for screen readers. */
export declare class AlgaText extends AlgaElement {
    static readonly attributes: {
        as: readonly ["p", "span", "div", "h1", "h2", "h3", "h4", "h5", "h6"];
        size: string[];
        tone: string[];
        truncate: boolean;
        weight: string[];
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<p part=\"text\"><slot></slot></p>";
    as: (typeof AS)[number];
    /** What `as` has, unless it is said. */
    size: '' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl';
    tone: 'default' | 'muted' | 'primary' | 'success' | 'warning' | 'danger';
    /** One line, with an ellipsis. */
    truncate: boolean;
    weight: '' | 'regular' | 'medium' | 'bold';
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-text': AlgaText;
    }
}
export {};
