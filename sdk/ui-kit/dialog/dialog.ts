import { AlgaElement, define, put, sheet } from '../base.js';
import { CROSS } from '../icons.js';
import styles from './dialog.css';

/**
 * `<alga-dialog heading="…">`: a native modal dialog: the rest of the page is inert, and the focus goes back to where it was. Tells `cancel` before
 * Escape, the cross or a click beside it close it, unless a listener prevents it; and `close` whenever it was closed.
 */
export class AlgaDialog extends AlgaElement {
  static override readonly attributes = { closeLabel: 'Close', heading: '', open: false, persistent: false, size: ['md', 'sm', 'lg'] };
  static override readonly watched = ['aria-label'];
  static override readonly styles = [sheet(styles)];
  // The cross comes last, so that the content has the focus first.
  static override readonly template = `<dialog part="dialog"><div class="box"><h2 id="heading" part="heading"></h2><div part="body"><slot></slot></div>
    <footer part="footer"><slot name="footer"></slot></footer>
    <button type="button" part="close">${CROSS}</button></div></dialog>`;

  declare closeLabel: string;
  declare heading: string;
  declare open: boolean;
  /** Closed by the page alone. */
  declare persistent: boolean;
  declare size: 'sm' | 'md' | 'lg';

  private readonly dialog = this.find<HTMLDialogElement>('dialog');

  constructor() {
    super();
    this.find('button').addEventListener('click', () => this.cancel());
    this.find('footer').addEventListener('slotchange', () => this.invalidate());
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.cancel();
    });
    this.dialog.addEventListener('close', () => {
      this.open = false;
      this.dispatchEvent(new Event('close')); // like the native one it does not bubble: dialogs may be in dialogs
    });
    // A click that began in the box, such as one that selects text, is no click beside it.
    let beside = false;
    this.dialog.addEventListener('pointerdown', (event) => {
      beside = event.target === this.dialog;
    });
    this.dialog.addEventListener('click', (event) => {
      if (beside && event.target === this.dialog) this.cancel();
    });
  }

  override disconnectedCallback(): void {
    this.dialog.close();
  }

  show(): void {
    this.open = true;
    this.update();
  }

  close(): void {
    this.open = false;
    this.update();
  }

  protected override update(): void {
    const { dialog } = this;
    this.find('h2').textContent = this.heading;
    this.find('h2').hidden = !this.heading;
    put(dialog, 'aria-labelledby', this.heading ? 'heading' : null);
    put(dialog, 'aria-label', this.heading ? null : this.getAttribute('aria-label'));
    this.find('footer').hidden = !this.find<HTMLSlotElement>('slot[name=footer]').assignedNodes().length;
    this.find('button').hidden = this.persistent;
    this.find('button').setAttribute('aria-label', this.closeLabel);
    if (this.open && !dialog.open) {
      dialog.showModal();
      this.querySelector<HTMLElement>('[autofocus]')?.focus();
    } else if (!this.open && dialog.open) dialog.close();
  }

  private cancel(): void {
    if (!this.persistent && this.dispatchEvent(new Event('cancel', { cancelable: true }))) this.close();
  }
}

define('dialog', AlgaDialog);

declare global {
  interface HTMLElementTagNameMap {
    'alga-dialog': AlgaDialog;
  }
}
