import { AlgaElement, define, sheet } from '../base.js';
import styles from './text.css';

const AS = ['p', 'span', 'div', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'] as const;

/** `<alga-text as="h2">`: text that is what `as` says, e.g. a heading, also for screen readers. */
export class AlgaText extends AlgaElement {
  static override readonly attributes = {
    as: AS,
    size: ['', 'xs', 'sm', 'md', 'lg', 'xl', '2xl'],
    tone: ['default', 'muted', 'primary', 'success', 'warning', 'danger'],
    truncate: false,
    weight: ['', 'regular', 'medium', 'bold'],
  };
  static override readonly styles = [sheet(styles)];
  static override readonly template = '<p part="text"><slot></slot></p>';

  declare as: (typeof AS)[number];
  /** What `as` has, unless it is said. */
  declare size: '' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl';
  declare tone: 'default' | 'muted' | 'primary' | 'success' | 'warning' | 'danger';
  /** One line, with an ellipsis. */
  declare truncate: boolean;
  declare weight: '' | 'regular' | 'medium' | 'bold';

  protected override update(): void {
    const text = this.find('[part=text]');
    if (text.localName === this.as) return;
    const made = document.createElement(this.as);
    made.part.add('text');
    made.append(...text.childNodes);
    text.replaceWith(made);
  }
}

define('text', AlgaText);

declare global {
  interface HTMLElementTagNameMap {
    'alga-text': AlgaText;
  }
}
