import { TextInput } from './input.js';
/** `<alga-search-input>`: tells `search` with `{value}` when typing pauses, and at once with Enter, Escape or the cross, which empty it. */
export declare class AlgaSearchInput extends TextInput {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        error: string;
        hint: string;
        required: boolean;
        autocomplete: string;
        max: string;
        maxLength: string;
        min: string;
        minLength: string;
        pattern: string;
        placeholder: string;
        readOnly: boolean;
        step: string;
        clearLabel: string;
        delay: number;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template: string;
    clearLabel: string;
    /** How long typing has to pause, in milliseconds. */
    delay: number;
    private readonly clear;
    private timer;
    constructor();
    disconnectedCallback(): void;
    protected changed(): void;
    protected update(): void;
    protected pressed(event: KeyboardEvent): void;
    private empty;
    private tell;
    private settle;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-search-input': AlgaSearchInput;
    }
}
