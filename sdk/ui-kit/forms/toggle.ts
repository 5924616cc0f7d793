import { say, sheet } from '../base.js';
import { Control, DESCRIBED, MESSAGES } from './control.js';
import styles from './toggle.css';

/** What is on or off; what `<alga-checkbox>` and `<alga-switch>` share. Its text is its content, or `label`. */
export abstract class Toggle extends Control {
  static override readonly attributes = { ...Control.attributes, value: 'on' };
  static override readonly watched = [...Control.watched, 'checked'];
  static override readonly styles = [...Control.styles, sheet(styles)];
  static override readonly template = `<label part="base"><input type="checkbox" part="control" ${DESCRIBED}><span part="label"><slot></slot></span></label>${MESSAGES}`;

  /** What the form sends when it is on. */
  declare value: string;

  protected override readonly control = this.find<HTMLInputElement>('input');
  private own: boolean | null = null; // what the page or the user chose

  constructor() {
    super();
    // A label of the page clicks on the element itself.
    this.addEventListener('click', (event) => {
      if (event.composedPath()[0] === this) this.control.click();
    });
    this.root.addEventListener('slotchange', () => this.invalidate());
  }

  /** Whether it is on. The attribute is what it is at first and after a reset. */
  get checked(): boolean {
    return this.own ?? this.hasAttribute('checked');
  }

  set checked(checked: boolean) {
    this.own = Boolean(checked);
    this.control.checked = this.own;
    this.sync();
    this.invalidate();
  }

  protected override get formValue(): string | null {
    return this.checked ? this.value : null;
  }

  protected override get isLabelled(): boolean {
    return Boolean(this.label || this.textContent?.trim());
  }

  protected override reset(): void {
    this.own = null;
  }

  protected override restore(state: string): void {
    this.checked = Boolean(state);
  }

  protected override changed(): void {
    this.own = this.control.checked;
    super.changed();
  }

  protected override update(): void {
    this.control.checked = this.checked;
    say(this.find('slot'), this.label);
    this.find('[part=label]').hidden = !this.isLabelled;
    super.update();
  }
}
