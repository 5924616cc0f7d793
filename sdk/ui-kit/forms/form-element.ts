import { AlgaElement, put } from '../base.js';

/** An element that belongs to a form, with a native control in its shadow root that does the work. */
export abstract class FormElement extends AlgaElement {
  static readonly formAssociated = true;
  static override readonly delegatesFocus: boolean = true;
  static override readonly attributes = { disabled: false, label: '', name: '' };
  static override readonly watched: readonly string[] = ['aria-label', 'aria-description'];

  declare disabled: boolean;
  /** The accessible name, in place of the text of labels elsewhere. */
  declare label: string;
  declare name: string;

  protected readonly internals = this.attachInternals();
  /** What is focused and read by screen readers. */
  protected abstract readonly control: HTMLButtonElement | HTMLInputElement | HTMLSelectElement;

  get form(): HTMLFormElement | null {
    return this.internals.form;
  }

  get labels(): NodeList {
    return this.internals.labels;
  }

  /** Also for a `<fieldset disabled>` around it. */
  formDisabledCallback(): void {
    this.invalidate();
  }

  /** What an `<alga-label>` calls when its text changes. */
  relabel(): void {
    this.invalidate();
  }

  protected override update(): void {
    this.control.disabled = this.matches(':disabled');
    const description = this.getAttribute('aria-description');
    const described = this.root.getElementById('description'); // where `aria-describedby` would hide `aria-description`
    if (described) described.textContent = description;
    else put(this.control, 'aria-description', description);
  }
}
