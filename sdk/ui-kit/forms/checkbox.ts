import { define, sheet } from '../base.js';
import styles from './checkbox.css';
import { Toggle } from './toggle.js';

/** `<alga-checkbox>`. */
export class AlgaCheckbox extends Toggle {
  static override readonly attributes = { ...Toggle.attributes, indeterminate: false };
  static override readonly styles = [...Toggle.styles, sheet(styles)];

  /** Shown and read as neither on nor off, until the user decides. */
  declare indeterminate: boolean;

  protected override changed(): void {
    this.indeterminate = this.control.indeterminate;
    super.changed();
  }

  protected override update(): void {
    this.control.indeterminate = this.indeterminate;
    super.update();
  }
}

define('checkbox', AlgaCheckbox);

declare global {
  interface HTMLElementTagNameMap {
    'alga-checkbox': AlgaCheckbox;
  }
}
