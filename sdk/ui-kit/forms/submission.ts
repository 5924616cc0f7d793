/**
 * Check the form, tell it `submit` and, unless a listener took care, send it. `requestSubmit` does nothing in a frame whose sandbox has no
 * `allow-forms`, not even the event, which is all that the page of an extension needs.
 */
export function submit(form: HTMLFormElement, submitter: HTMLElement | null): void {
  if (!form.noValidate && !form.reportValidity()) return;
  if (form.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter }))) form.submit();
}

/** What Enter in a text field does: press the form's first submit button; without one, submit if there is no other field. */
export function submitImplicitly(field: HTMLElement & { form: HTMLFormElement | null }): void {
  const { form } = field;
  if (!form) return;
  const elements = [...form.elements] as HTMLInputElement[];
  const button = elements.find(({ type }) => type === 'submit');
  if (button) button.click();
  else if (elements.every((element) => element === field || !TEXT.includes(element.localName))) submit(form, null);
}

const TEXT = ['alga-input', 'alga-search-input', 'input'];
