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
    static readonly template = "<label part=\"label\" for=\"control\"></label><div class=\"field\" part=\"field\">\n    <svg viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\" aria-hidden=\"true\"><circle cx=\"7\" cy=\"7\" r=\"4.5\"/><path d=\"m10.5 10.5 3.5 3.5\"/></svg>\n    <input id=\"control\" part=\"control\" type=\"search\" aria-describedby=\"hint error description\">\n    <button type=\"button\" part=\"clear\" tabindex=\"-1\"><svg viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linecap=\"round\" aria-hidden=\"true\"><path d=\"m4.5 4.5 7 7m0-7-7 7\"/></svg></button>\n    </div><p id=\"hint\" part=\"hint\"></p><p id=\"error\" part=\"error\"></p><span id=\"description\" hidden></span>";
    clearLabel: string;
    /** How long typing has to pause, in milliseconds. */
    delay: number;
    private readonly clear;
    private timer;
    private told;
    constructor();
    disconnectedCallback(): void;
    protected changed(): void;
    protected update(): void;
    protected pressed(event: KeyboardEvent): void;
    private empty;
    private tell;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-search-input': AlgaSearchInput;
    }
}
