import { AlgaElement, define, sheet } from '../base.js';
import styles from './stack.css';

/** `<alga-stack>`: its children below or beside each other, at one distance. */
export class AlgaStack extends AlgaElement {
  static override readonly attributes = {
    align: ['stretch', 'start', 'center', 'end', 'baseline'],
    direction: ['column', 'row'],
    gap: ['md', 'none', 'xs', 'sm', 'lg', 'xl'],
    justify: ['start', 'center', 'end', 'between'],
    wrap: false,
  };
  static override readonly styles = [sheet(styles)];

  declare align: 'stretch' | 'start' | 'center' | 'end' | 'baseline';
  declare direction: 'column' | 'row';
  declare gap: 'none' | 'xs' | 'sm' | 'md' | 'lg' | 'xl';
  declare justify: 'start' | 'center' | 'end' | 'between';
  declare wrap: boolean;
}

define('stack', AlgaStack);

declare global {
  interface HTMLElementTagNameMap {
    'alga-stack': AlgaStack;
  }
}
