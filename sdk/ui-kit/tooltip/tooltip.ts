import { AlgaElement, define, put, sheet } from '../base.js';
import { place, SIDES, type Side } from './place.js';
import styles from './tooltip.css';

/**
 * `<alga-tooltip text="…">` around one element: shows the text while that is hovered or focused, until Escape, and makes it the element's
 * description for screen readers. The pointer may go into it.
 */
export class AlgaTooltip extends AlgaElement {
  static override readonly attributes = { delay: 300, placement: SIDES, text: '' };
  static override readonly styles = [sheet(styles)];
  static override readonly template = '<slot></slot><div popover="manual" role="tooltip" part="tooltip"></div>';

  /** Before it opens for a pointer, in milliseconds. */
  declare delay: number;
  declare placement: Side;
  declare text: string;

  private readonly tip = this.find('[popover]');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private described: Element | null = null;
  private readonly follow = () => this.place();
  private readonly escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault(); // a dialog around it stays open
    this.hide();
  };

  constructor() {
    super();
    this.addEventListener('focusin', (event) => {
      if ((event.composedPath()[0] as Element).matches(':focus-visible')) this.show();
    });
    this.addEventListener('focusout', () => this.hide());
    this.addEventListener('pointerenter', (event) => {
      if (event.pointerType !== 'touch') this.soon(() => this.show(), this.delay);
    });
    this.addEventListener('pointerleave', () => this.soon(() => this.hide(), 100));
    this.addEventListener('pointerdown', () => this.hide());
    this.root.addEventListener('slotchange', () => this.invalidate());
  }

  override disconnectedCallback(): void {
    this.hide();
  }

  protected override update(): void {
    this.tip.textContent = this.text;
    const trigger = this.firstElementChild;
    if (this.described !== trigger) this.described?.removeAttribute('aria-description');
    if (trigger) put(trigger, 'aria-description', this.text);
    this.described = trigger;
  }

  private soon(act: () => void, delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, delay);
  }

  private show(): void {
    clearTimeout(this.timer);
    if (!this.text || !this.isConnected || this.tip.matches(':popover-open')) return;
    this.tip.showPopover();
    this.place();
    addEventListener('keydown', this.escape, true);
    addEventListener('scroll', this.follow, true);
    addEventListener('resize', this.follow);
  }

  private hide(): void {
    clearTimeout(this.timer);
    removeEventListener('keydown', this.escape, true);
    removeEventListener('scroll', this.follow, true);
    removeEventListener('resize', this.follow);
    if (this.tip.matches(':popover-open')) this.tip.hidePopover();
  }

  private place(): void {
    if (this.described) place(this.tip, this.described, this.placement);
  }
}

define('tooltip', AlgaTooltip);

declare global {
  interface HTMLElementTagNameMap {
    'alga-tooltip': AlgaTooltip;
  }
}
