import { define, put, sheet } from '../base.js';
import { FormElement } from '../forms/form-element.js';
import { nameFromOutside } from '../forms/labels.js';
import { submit } from '../forms/submission.js';
import styles from './button.css';

/** `<alga-button>`: a button, which submits or resets its form if `type` says so. */
export class AlgaButton extends FormElement {
  static override readonly attributes = {
    ...FormElement.attributes,
    loading: false,
    size: ['md', 'sm', 'lg'],
    type: ['button', 'submit', 'reset'],
    value: '',
    variant: ['primary', 'secondary', 'outline', 'ghost', 'danger'],
  };
  static override readonly styles = [sheet(styles)];
  static override readonly template =
    '<button type="button" part="button"><span class="spin" hidden></span><slot name="start"></slot><slot></slot><slot name="end"></slot></button>';

  /** Shows a spinner and ignores clicks, but keeps the focus. */
  declare loading: boolean;
  declare size: 'sm' | 'md' | 'lg';
  declare type: 'button' | 'submit' | 'reset';
  /** What the form sends under `name` when this button submits it. */
  declare value: string;
  declare variant: 'primary' | 'secondary' | 'outline' | 'ghost' | 'danger';

  protected readonly control = this.find<HTMLButtonElement>('button');

  constructor() {
    super();
    this.addEventListener('click', (event) => this.press(event));
  }

  protected override update(): void {
    super.update();
    put(this.control, 'aria-label', this.label || nameFromOutside(this));
    put(this.control, 'aria-busy', this.loading ? 'true' : null);
    put(this.control, 'aria-disabled', this.loading ? 'true' : null);
    this.find('.spin').hidden = !this.loading;
  }

  private press(event: Event): void {
    if (this.loading || this.matches(':disabled')) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // The page's listeners, which may prevent it, come after this one.
    if (this.form && this.type !== 'button') setTimeout(() => event.defaultPrevented || this.act());
  }

  private act(): void {
    if (this.type === 'reset') this.form?.reset();
    if (this.type !== 'submit' || !this.form) return;
    this.internals.setFormValue(this.value);
    submit(this.form, this);
    this.internals.setFormValue(null);
  }
}

define('button', AlgaButton);

declare global {
  interface HTMLElementTagNameMap {
    'alga-button': AlgaButton;
  }
}
