import { Toggle } from './toggle.js';
/** `<alga-checkbox>`. */
export declare class AlgaCheckbox extends Toggle {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        error: string;
        hint: string;
        required: boolean;
        value: string;
        indeterminate: boolean;
    };
    static readonly styles: CSSStyleSheet[];
    /** Shown and read as neither on nor off, until the user decides. */
    indeterminate: boolean;
    protected changed(): void;
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-checkbox': AlgaCheckbox;
    }
}
