import { put, sheet } from '../base.js';
import styles from './control.css';
import { FormElement } from './form-element.js';
import { nameFromOutside } from './labels.js';

/** What is under every control; `description` is a tooltip's. */
export const MESSAGES = `<p id="hint" part="hint"></p><p id="error" part="error"></p><span id="description" hidden></span>`;
export const DESCRIBED = 'aria-describedby="hint error description"';

/** A form element with a value that the user changes: it has the native control's validity, and says why it is not valid once it was touched. */
export abstract class Control extends FormElement {
  static override readonly attributes = { ...FormElement.attributes, error: '', hint: '', required: false };
  static override readonly styles: readonly CSSStyleSheet[] = [sheet(styles)];

  /** What is wrong, e.g. said by a server. It is shown and read, and does not keep the form from being submitted. */
  declare error: string;
  declare hint: string;
  declare required: boolean;

  protected abstract override readonly control: HTMLInputElement | HTMLSelectElement;
  private touched = false;

  constructor() {
    super();
    this.addEventListener('invalid', () => this.touch());
    this.addEventListener('focusin', () => this.nameControl());
    this.root.addEventListener('input', () => this.changed());
    this.root.addEventListener('change', () => {
      this.touch();
      this.dispatchEvent(new Event('change', { bubbles: true })); // the native one does not leave the shadow root
    });
  }

  get validity(): ValidityState {
    this.sync();
    return this.internals.validity;
  }

  get validationMessage(): string {
    this.sync();
    return this.internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.internals.willValidate;
  }

  checkValidity(): boolean {
    this.sync();
    return this.internals.checkValidity();
  }

  reportValidity(): boolean {
    this.sync();
    return this.internals.reportValidity();
  }

  /** Make it invalid until it is called with the empty string. */
  setCustomValidity(message: string): void {
    this.control.setCustomValidity(message);
    this.invalidate();
    this.sync();
  }

  formResetCallback(): void {
    this.reset();
    this.touched = false;
    this.update();
  }

  formStateRestoreCallback(state: string): void {
    this.restore(state);
  }

  /** What the form sends, null for nothing. */
  protected abstract get formValue(): string | null;
  protected abstract reset(): void;
  protected abstract restore(state: string): void;

  /** The user changed the value. */
  protected changed(): void {
    this.sync();
    this.invalidate();
  }

  protected override update(): void {
    super.update();
    this.control.required = this.required;
    const label = this.root.querySelector<HTMLLabelElement>('label[for]');
    if (label) {
      label.textContent = this.label;
      label.hidden = !this.label;
    }
    this.nameControl();
    this.sync();
    const error = this.error || (this.touched && this.willValidate ? this.internals.validationMessage : '');
    this.say('hint', this.hint);
    this.say('error', error);
    put(this.control, 'aria-invalid', error ? 'true' : null);
  }

  /** Tell the form the value and whether it is valid. */
  protected sync(): void {
    const { control } = this;
    this.internals.setFormValue(this.formValue);
    if (control.willValidate) this.internals.setValidity(control.validity, control.validationMessage, control);
    else this.internals.setValidity({});
  }

  /** Whether the template's own label names the control. */
  protected get isLabelled(): boolean {
    return Boolean(this.label);
  }

  private nameControl(): void {
    put(this.control, 'aria-label', this.isLabelled ? null : nameFromOutside(this));
  }

  private touch(): void {
    this.touched = true;
    this.sync();
    this.invalidate();
  }

  private say(id: 'hint' | 'error', text: string): void {
    const element = this.find(`#${id}`);
    element.textContent = text;
    element.hidden = !text;
  }
}
