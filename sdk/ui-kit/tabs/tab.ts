import { AlgaElement, define, sheet } from '../base.js';
import styles from './tab.css';

/** `<alga-tab name="…">`, in `<alga-tabs>`: what chooses the panel with the same name. */
export class AlgaTab extends AlgaElement {
  static override readonly attributes = { disabled: false, name: '' };
  static override readonly styles = [sheet(styles)];

  declare disabled: boolean;
  declare name: string;

  override connectedCallback(): void {
    this.slot = 'tab';
    this.role = 'tab';
    super.connectedCallback();
  }

  protected override update(): void {
    this.ariaDisabled = this.disabled ? 'true' : null;
  }
}

/** `<alga-tab-panel name="…">`, in `<alga-tabs>`: shown while its tab is chosen. */
export class AlgaTabPanel extends AlgaElement {
  static override readonly attributes = { name: '' };
  static override readonly styles = [sheet(':host { display: block; padding-block: 1rem; }')];

  declare name: string;

  override connectedCallback(): void {
    this.role = 'tabpanel';
    this.tabIndex = 0; // so that the keyboard can scroll it
    super.connectedCallback();
  }
}

define('tab', AlgaTab);
define('tab-panel', AlgaTabPanel);

declare global {
  interface HTMLElementTagNameMap {
    'alga-tab': AlgaTab;
    'alga-tab-panel': AlgaTabPanel;
  }
}
