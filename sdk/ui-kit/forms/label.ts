import { AlgaElement, define, sheet } from '../base.js';
import { FormElement } from './form-element.js';
import styles from './label.css';

let made = 0;

/** `<alga-label for="id">`: names a control of the kit or a native one, and passes clicks on to it. Also around a control, without `for`. */
export class AlgaLabel extends AlgaElement {
  static override readonly attributes = { for: '', required: false };
  static override readonly styles = [sheet(styles)];

  declare for: string;
  /** Shows that the control must be filled in; the control itself has to say it too. */
  declare required: boolean;

  private readonly observer = new MutationObserver(() => this.invalidate());

  constructor() {
    super();
    this.addEventListener('click', (event) => this.pass(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this, { characterData: true, childList: true, subtree: true });
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
  }

  get control(): HTMLElement | null {
    if (this.for) return (this.getRootNode() as Document | ShadowRoot).getElementById(this.for);
    return [...this.querySelectorAll<HTMLElement>('*')].find((inner) => inner instanceof FormElement || inner.matches('input, select, textarea, button')) ?? null;
  }

  protected override update(): void {
    const { control } = this;
    if (control instanceof FormElement) control.relabel();
    else if (control && !control.localName.includes('-')) {
      this.id ||= `alga-label-${++made}`;
      control.setAttribute('aria-labelledby', this.id);
    }
  }

  private pass(event: Event): void {
    const { control } = this;
    if (!control || event.composedPath().includes(control) || control.matches(':disabled')) return;
    control.focus();
    if (control.matches('alga-checkbox, alga-switch, [type=checkbox], [type=radio]')) control.click();
  }
}

define('label', AlgaLabel);

declare global {
  interface HTMLElementTagNameMap {
    'alga-label': AlgaLabel;
  }
}
