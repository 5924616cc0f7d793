import { Control } from './control.js';
/** What is on or off; what `<alga-checkbox>` and `<alga-switch>` share. Its text is its content, or `label`. */
export declare abstract class Toggle extends Control {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        error: string;
        hint: string;
        required: boolean;
        value: string;
    };
    static readonly watched: string[];
    static readonly styles: CSSStyleSheet[];
    static readonly template = "<label part=\"base\"><input type=\"checkbox\" part=\"control\" aria-describedby=\"hint error description\"><span part=\"label\"><slot></slot></span></label><p id=\"hint\" part=\"hint\"></p><p id=\"error\" part=\"error\"></p><span id=\"description\" hidden></span>";
    /** What the form sends when it is on. */
    value: string;
    protected readonly control: HTMLInputElement;
    private own;
    constructor();
    /** Whether it is on. The attribute is what it is at first and after a reset. */
    get checked(): boolean;
    set checked(checked: boolean);
    protected get formValue(): string | null;
    protected get isLabelled(): boolean;
    protected reset(): void;
    protected restore(state: string): void;
    protected changed(): void;
    protected update(): void;
}
