import { AlgaElement, define, sheet } from '../base.js';
import styles from './skeleton.css';

/** `<alga-skeleton>`: the place of what is still loading. Screen readers do not see it: say `aria-busy` on what it stands in. */
export class AlgaSkeleton extends AlgaElement {
  static override readonly attributes = { height: '', lines: 1, variant: ['text', 'circle', 'rectangle'], width: '' };
  static override readonly styles = [sheet(styles)];
  static override readonly template = '<div aria-hidden="true"></div>';

  /** CSS lengths. */
  declare height: string;
  declare width: string;
  /** Of text: 1 to 100. */
  declare lines: number;
  declare variant: 'text' | 'circle' | 'rectangle';

  protected override update(): void {
    const count = this.variant === 'text' ? Math.min(Math.max(1, Math.floor(this.lines)), 100) : 1;
    const bones = Array.from({ length: count }, () => document.createElement('span'));
    for (const { style } of bones) {
      style.inlineSize = this.width;
      style.blockSize = this.height || (this.variant === 'circle' ? this.width : '');
    }
    this.find('div').replaceChildren(...bones);
  }
}

define('skeleton', AlgaSkeleton);

declare global {
  interface HTMLElementTagNameMap {
    'alga-skeleton': AlgaSkeleton;
  }
}
