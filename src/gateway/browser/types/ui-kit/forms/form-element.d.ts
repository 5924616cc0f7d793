import { AlgaElement } from '../base.js';
/** An element that belongs to a form, with a native control in its shadow root that does the work. */
export declare abstract class FormElement extends AlgaElement {
    static readonly formAssociated = true;
    static readonly delegatesFocus: boolean;
    static readonly attributes: {
        disabled: boolean;
        label: string;
        name: string;
    };
    static readonly watched: readonly string[];
    disabled: boolean;
    /** The accessible name, in place of the text of labels elsewhere. */
    label: string;
    name: string;
    protected readonly internals: ElementInternals;
    /** What is focused and read by screen readers. */
    protected abstract readonly control: HTMLButtonElement | HTMLInputElement | HTMLSelectElement;
    get form(): HTMLFormElement | null;
    get labels(): NodeList;
    /** Also for a `<fieldset disabled>` around it. */
    formDisabledCallback(): void;
    /** What an `<alga-label>` calls when its text changes. */
    relabel(): void;
    protected update(): void;
}
