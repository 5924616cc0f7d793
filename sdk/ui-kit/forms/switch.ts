import { define, sheet } from '../base.js';
import styles from './switch.css';
import { Toggle } from './toggle.js';

/** `<alga-switch>`: a checkbox that takes effect at once. */
export class AlgaSwitch extends Toggle {
  static override readonly styles = [...Toggle.styles, sheet(styles)];

  constructor() {
    super();
    this.control.role = 'switch';
  }
}

define('switch', AlgaSwitch);

declare global {
  interface HTMLElementTagNameMap {
    'alga-switch': AlgaSwitch;
  }
}
