import { AlgaElement, define, sheet } from '../base.js';
import { CROSS, icon } from '../icons.js';
import styles from './alert.css';
import tone from './tone.css';

const ICONS = {
  info: '<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5m0-8v.5"/>',
  success: '<circle cx="10" cy="10" r="7.5"/><path d="m6.5 10.5 2.5 2.5 4.5-5"/>',
  warning: '<path d="M10 3 2.5 16.5h15zM10 8v4m0 2v.5"/>',
  danger: '<circle cx="10" cy="10" r="7.5"/><path d="M10 6v5m0 2.5v.5"/>',
} as const;

/** `<alga-alert>`: a message, which screen readers say when it appears: warnings and dangers at once, the others when they pause. */
export class AlgaAlert extends AlgaElement {
  static override readonly attributes = { closeLabel: 'Dismiss', dismissible: false, heading: '', variant: ['info', 'success', 'warning', 'danger'] };
  static override readonly styles = [sheet(tone), sheet(styles)];
  static override readonly template = `<div part="alert">
    ${icon('', 20)}
    <div class="text"><strong part="heading"></strong><div part="message"><slot></slot></div><slot name="actions"></slot></div>
    <button type="button" part="close">${CROSS}</button></div>`;

  declare closeLabel: string;
  /** Whether it has a cross, which tells `dismiss` and, unless a listener prevents it, hides the alert. */
  declare dismissible: boolean;
  declare heading: string;
  declare variant: keyof typeof ICONS;

  constructor() {
    super();
    this.find('button').addEventListener('click', () => {
      if (this.emit('dismiss', undefined, true)) this.hidden = true;
    });
  }

  protected override update(): void {
    this.find('[part=alert]').role = this.variant === 'warning' || this.variant === 'danger' ? 'alert' : 'status';
    const icon = ICONS[this.variant];
    if (this.find('svg').innerHTML !== icon) this.find('svg').innerHTML = icon;
    this.find('strong').textContent = this.heading;
    this.find('strong').hidden = !this.heading;
    this.find('button').hidden = !this.dismissible;
    this.find('button').setAttribute('aria-label', this.closeLabel);
  }
}

define('alert', AlgaAlert);

declare global {
  interface HTMLElementTagNameMap {
    'alga-alert': AlgaAlert;
  }
}
