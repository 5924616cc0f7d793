import { FormElement } from '../forms/form-element.js';
/** `<alga-button>`: a button, which submits or resets its form if `type` says so. */
export declare class AlgaButton extends FormElement {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        loading: boolean;
        size: string[];
        type: string[];
        value: string;
        variant: string[];
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<button type=\"button\" part=\"button\"><span class=\"spin\" hidden></span><slot name=\"start\"></slot><slot></slot><slot name=\"end\"></slot></button>";
    /** Shows a spinner and ignores clicks, but keeps the focus. */
    loading: boolean;
    size: 'sm' | 'md' | 'lg';
    type: 'button' | 'submit' | 'reset';
    /** What the form sends under `name` when this button submits it. */
    value: string;
    variant: 'primary' | 'secondary' | 'outline' | 'ghost' | 'danger';
    protected readonly control: HTMLButtonElement;
    constructor();
    protected update(): void;
    private press;
    private act;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-button': AlgaButton;
    }
}
