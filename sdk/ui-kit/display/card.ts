import { AlgaElement, define, put, say, sheet } from '../base.js';
import styles from './card.css';

/** `<alga-card>`: a surface with a heading, actions beside it, content and a footer; what is not given takes no place. */
export class AlgaCard extends AlgaElement {
  static override readonly attributes = { heading: '', level: 2 };
  static override readonly styles = [sheet(styles)];
  static override readonly template = `<section part="card"><header part="header"><div id="heading" part="heading" role="heading"><slot name="heading"></slot></div><slot name="actions"></slot></header>
    <div part="body"><slot></slot></div><footer part="footer"><slot name="footer"></slot></footer></section>`;

  declare heading: string;
  /** Of the heading, 1 to 6. */
  declare level: number;

  constructor() {
    super();
    this.root.addEventListener('slotchange', () => this.invalidate());
  }

  protected override update(): void {
    const heading = this.find('#heading');
    const hasHeading = Boolean(this.heading) || this.has('heading');
    heading.ariaLevel = String(this.level);
    heading.hidden = !hasHeading;
    say(this.find('slot[name=heading]'), this.heading);
    put(this.find('section'), 'aria-labelledby', hasHeading ? 'heading' : null);
    this.find('header').hidden = !hasHeading && !this.has('actions');
    this.find('footer').hidden = !this.has('footer');
  }

  private has(slot: string): boolean {
    return this.find<HTMLSlotElement>(`slot[name=${slot}]`).assignedNodes().length > 0;
  }
}

define('card', AlgaCard);

declare global {
  interface HTMLElementTagNameMap {
    'alga-card': AlgaCard;
  }
}
