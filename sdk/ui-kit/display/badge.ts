import { AlgaElement, define, sheet } from '../base.js';
import styles from './badge.css';
import tone from './tone.css';

/** `<alga-badge>`: a word about a state. The colour repeats what the word says. */
export class AlgaBadge extends AlgaElement {
  static override readonly attributes = { variant: ['primary', 'neutral', 'success', 'warning', 'danger'] };
  static override readonly styles = [sheet(tone), sheet(styles)];

  declare variant: 'primary' | 'neutral' | 'success' | 'warning' | 'danger';
}

define('badge', AlgaBadge);

declare global {
  interface HTMLElementTagNameMap {
    'alga-badge': AlgaBadge;
  }
}
