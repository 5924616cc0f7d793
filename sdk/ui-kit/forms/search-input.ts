import { define, sheet } from '../base.js';
import { CROSS, icon } from '../icons.js';
import { DESCRIBED, MESSAGES } from './control.js';
import { TextInput } from './input.js';
import styles from './search-input.css';

/** `<alga-search-input>`: tells `search` with `{value}` when typing pauses, and at once with Enter, Escape or the cross, which empty it. */
export class AlgaSearchInput extends TextInput {
  static override readonly attributes = { ...TextInput.attributes, clearLabel: 'Clear', delay: 300 };
  static override readonly styles = [...TextInput.styles, sheet(styles)];
  static override readonly template = `<label part="label" for="control"></label><div class="field" part="field">
    ${icon('<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>')}
    <input id="control" part="control" type="search" ${DESCRIBED}>
    <button type="button" part="clear" tabindex="-1">${CROSS}</button>
    </div>${MESSAGES}`;

  declare clearLabel: string;
  /** How long typing has to pause, in milliseconds. */
  declare delay: number;

  private readonly clear = this.find('button');
  private timer: ReturnType<typeof setTimeout> | undefined; // while a change has not been told

  constructor() {
    super();
    this.clear.addEventListener('click', () => {
      this.empty();
      this.control.focus();
    });
    this.control.addEventListener('search', (event) => event.stopPropagation()); // some browsers have a native one
  }

  override disconnectedCallback(): void {
    this.settle();
  }

  protected override changed(): void {
    super.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), this.delay);
  }

  protected override update(): void {
    super.update();
    this.clear.hidden = !this.value || this.control.disabled || this.readOnly;
    this.clear.setAttribute('aria-label', this.clearLabel);
  }

  protected override pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.isComposing) this.tell();
    if (event.key === 'Escape' && this.value && !this.readOnly) {
      event.preventDefault(); // a dialog around it stays open
      this.empty();
    }
    super.pressed(event);
  }

  private empty(): void {
    this.value = '';
    this.changed();
    this.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    this.tell();
  }

  private tell(): void {
    if (this.timer === undefined) return;
    this.settle();
    this.emit('search', { value: this.value });
  }

  private settle(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

define('search-input', AlgaSearchInput);

declare global {
  interface HTMLElementTagNameMap {
    'alga-search-input': AlgaSearchInput;
  }
}
