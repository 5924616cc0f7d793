import { define, sheet } from '../base.js';
import { icon } from '../icons.js';
import { Control, DESCRIBED, MESSAGES } from './control.js';
import field from './field.css';
import styles from './select.css';

/** `<alga-select>`: a native select, which each platform opens in its own way, with the `<option>`s and `<optgroup>`s that are its children. */
export class AlgaSelect extends Control {
  static override readonly attributes = { ...Control.attributes, placeholder: '' };
  static override readonly watched = [...Control.watched, 'value'];
  static override readonly styles = [...Control.styles, sheet(field), sheet(styles)];
  static override readonly template = `<label part="label" for="control"></label><div class="field" part="field"><select id="control" part="control" ${DESCRIBED}></select>
    ${icon('<path d="m4 6 4 4 4-4"/>')}</div>${MESSAGES}`;

  /** What is shown while nothing is chosen, whose value is the empty string. */
  declare placeholder: string;

  protected override readonly control = this.find<HTMLSelectElement>('select');
  private readonly observer = new MutationObserver(() => this.invalidate());
  private own: string | null = null; // the value that the page or the user chose, also before there is an option for it

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this, { attributes: true, characterData: true, childList: true, subtree: true });
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
  }

  /** The value of the chosen option. The attribute is what it has at first and after a reset. */
  get value(): string {
    this.fill();
    return this.control.value;
  }

  set value(value: string) {
    this.own = value ?? '';
    this.sync();
    this.invalidate();
  }

  protected override get formValue(): string | null {
    return this.control.selectedIndex < 0 ? null : this.value;
  }

  protected override reset(): void {
    this.own = null;
    this.control.replaceChildren(); // so that the first option is chosen again
  }

  protected override restore(state: string): void {
    this.value = state;
  }

  protected override changed(): void {
    this.own = this.control.value;
    super.changed();
  }

  protected override update(): void {
    this.fill();
    super.update();
  }

  protected override sync(): void {
    this.fill();
    super.sync();
  }

  private fill(): void {
    const children = [...this.children].filter((child) => child.matches('option, optgroup'));
    const options = children.map((child) => child.cloneNode(true) as HTMLElement);
    if (this.placeholder) {
      const option = new Option(this.placeholder, '');
      option.className = 'placeholder';
      option.hidden = option.disabled = this.required;
      options.unshift(option);
    }
    const same = options.length === this.control.children.length && options.every((option, at) => option.isEqualNode(this.control.children[at] ?? null));
    if (!same) this.control.replaceChildren(...options);
    const value = this.own ?? this.getAttribute('value') ?? this.querySelector<HTMLOptionElement>('option[selected]')?.value;
    if (value !== undefined) this.control.value = value;
    else if (this.placeholder) this.control.value = '';
  }
}

define('select', AlgaSelect);

declare global {
  interface HTMLElementTagNameMap {
    'alga-select': AlgaSelect;
  }
}
