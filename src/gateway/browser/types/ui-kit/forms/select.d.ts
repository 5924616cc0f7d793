import { Control } from './control.js';
/** `<alga-select>`: a native select, which each platform opens in its own way, with the `<option>`s and `<optgroup>`s that are its children. */
export declare class AlgaSelect extends Control {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        error: string;
        hint: string;
        required: boolean;
        placeholder: string;
    };
    static readonly watched: string[];
    static readonly styles: CSSStyleSheet[];
    static readonly template: string;
    /** What is shown while nothing is chosen, whose value is the empty string. */
    placeholder: string;
    protected readonly control: HTMLSelectElement;
    private readonly observer;
    private own;
    connectedCallback(): void;
    disconnectedCallback(): void;
    /** The value of the chosen option. The attribute is what it has at first and after a reset. */
    get value(): string;
    set value(value: string);
    protected get formValue(): string | null;
    protected reset(): void;
    protected restore(state: string): void;
    protected changed(): void;
    protected update(): void;
    protected sync(): void;
    private fill;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-select': AlgaSelect;
    }
}
