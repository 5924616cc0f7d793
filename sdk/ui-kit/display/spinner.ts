import { AlgaElement, define, sheet } from '../base.js';
import styles from './spinner.css';

/** `<alga-spinner>`: something is going on, which `label` names for screen readers. */
export class AlgaSpinner extends AlgaElement {
  static override readonly attributes = { label: 'Loading', size: ['md', 'sm', 'lg'] };
  static override readonly styles = [sheet(styles)];
  static override readonly template = '<span role="status"><span class="ring" part="ring"></span><span class="unseen"></span></span>';

  declare label: string;
  declare size: 'sm' | 'md' | 'lg';

  protected override update(): void {
    this.find('.unseen').textContent = this.label;
  }
}

define('spinner', AlgaSpinner);

declare global {
  interface HTMLElementTagNameMap {
    'alga-spinner': AlgaSpinner;
  }
}
