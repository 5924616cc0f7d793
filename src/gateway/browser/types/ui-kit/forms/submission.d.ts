/**
 * Check the form, tell it `submit` and, unless a listener took care, send it. `requestSubmit` does nothing in a frame whose sandbox has no
 * `allow-forms`, not even the event, which is all that the page of an extension needs.
 */
export declare function submit(form: HTMLFormElement, submitter: HTMLElement | null): void;
/** What Enter in a text field does: press the form's first submit button; without one, submit if there is no other field. */
export declare function submitImplicitly(field: HTMLElement & {
    form: HTMLFormElement | null;
}): void;
