import { FormElement } from './form-element.js';
/** What is under every control; `description` is a tooltip's. */
export declare const MESSAGES = "<p id=\"hint\" part=\"hint\"></p><p id=\"error\" part=\"error\"></p><span id=\"description\" hidden></span>";
export declare const DESCRIBED = "aria-describedby=\"hint error description\"";
/** A form element with a value that the user changes: it has the native control's validity, and says why it is not valid once it was touched. */
export declare abstract class Control extends FormElement {
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
        error: string;
        hint: string;
        required: boolean;
    };
    static readonly styles: readonly CSSStyleSheet[];
    /** What is wrong, e.g. said by a server. It is shown and read, and does not keep the form from being submitted. */
    error: string;
    hint: string;
    required: boolean;
    protected abstract readonly control: HTMLInputElement | HTMLSelectElement;
    private touched;
    constructor();
    get validity(): ValidityState;
    get validationMessage(): string;
    get willValidate(): boolean;
    checkValidity(): boolean;
    reportValidity(): boolean;
    /** Make it invalid until it is called with the empty string. */
    setCustomValidity(message: string): void;
    formResetCallback(): void;
    formStateRestoreCallback(state: string): void;
    /** What the form sends, null for nothing. */
    protected abstract get formValue(): string | null;
    protected abstract reset(): void;
    protected abstract restore(state: string): void;
    /** The user changed the value. */
    protected changed(): void;
    protected update(): void;
    /** Tell the form the value and whether it is valid. */
    protected sync(): void;
    /** Whether the template's own label names the control. */
    protected get isLabelled(): boolean;
    private nameControl;
    private touch;
    private say;
}
