import { Control } from './control.js';
/** A line of text; what `<alga-input>` and `<alga-search-input>` share. */
export declare abstract class TextInput extends Control {
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
    };
    static readonly watched: string[];
    static readonly styles: CSSStyleSheet[];
    autocomplete: string;
    max: string;
    maxLength: string;
    min: string;
    minLength: string;
    pattern: string;
    placeholder: string;
    readOnly: boolean;
    step: string;
    protected readonly control: HTMLInputElement;
    private isOwn;
    constructor();
    /** What is in the field. The attribute is what it has at first and after a reset. */
    get value(): string;
    set value(value: string);
    select(): void;
    protected get formValue(): string;
    protected reset(): void;
    protected restore(state: string): void;
    protected changed(): void;
    protected update(): void;
    protected pressed(event: KeyboardEvent): void;
}
/** `<alga-input>`: a line of text, a number, a date. */
export declare class AlgaInput extends TextInput {
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
        type: string[];
    };
    static readonly template = "<label part=\"label\" for=\"control\"></label>\n    <div class=\"field\" part=\"field\"><slot name=\"start\"></slot><input id=\"control\" part=\"control\" aria-describedby=\"hint error description\"><slot name=\"end\"></slot></div><p id=\"hint\" part=\"hint\"></p><p id=\"error\" part=\"error\"></p><span id=\"description\" hidden></span>";
    type: 'text' | 'email' | 'password' | 'number' | 'tel' | 'url' | 'date' | 'time' | 'datetime-local';
    protected update(): void;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-input': AlgaInput;
    }
}
