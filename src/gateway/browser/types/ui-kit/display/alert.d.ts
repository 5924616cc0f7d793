import { AlgaElement } from '../base.js';
declare const ICONS: {
    readonly info: '<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5m0-8v.5"/>';
    readonly success: '<circle cx="10" cy="10" r="7.5"/><path d="m6.5 10.5 2.5 2.5 4.5-5"/>';
    readonly warning: '<path d="M10 3 2.5 16.5h15zM10 8v4m0 2v.5"/>';
    readonly danger: '<circle cx="10" cy="10" r="7.5"/><path d="M10 6v5m0 2.5v.5"/>';
};
/** `<alga-alert>`: a message, which screen readers say when it appears: warnings and dangers at once, the others when they pause. */
export declare class AlgaAlert extends AlgaElement {
    static readonly attributes: {
        closeLabel: string;
        dismissible: boolean;
        heading: string;
        variant: string[];
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template: string;
    closeLabel: string;
    /** Whether it has a cross, which tells `dismiss` and, unless a listener prevents it, hides the alert. */
    dismissible: boolean;
    heading: string;
    variant: keyof typeof ICONS;
    constructor();
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-alert': AlgaAlert;
    }
}
export {};
