import { AlgaElement, define, put, sheet } from '../base.js';
import { AlgaTab, AlgaTabPanel } from './tab.js';
import styles from './tabs.css';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
let made = 0;

/** `<alga-tabs>` of `<alga-tab>`s and `<alga-tab-panel>`s with the same names. One tab is in the page's order of focus; arrows, Home and End go to the others. */
export class AlgaTabs extends AlgaElement {
  static override readonly attributes = { label: '', manual: false, value: '' };
  static override readonly styles = [sheet(styles)];
  static override readonly template = '<div role="tablist" part="list"><slot name="tab"></slot></div><slot></slot>';

  /** Names the list of tabs. */
  declare label: string;
  /** Arrows only move the focus; Enter and Space choose. For panels that take time to show. */
  declare manual: boolean;
  /** The name of the chosen tab; the first that is not disabled, unless it is said. A user's choice is told as `tabchange` with `{value}`. */
  declare value: string;

  private readonly observer = new MutationObserver(() => this.invalidate());

  constructor() {
    super();
    this.addEventListener('click', (event) => {
      const tab = this.tabOf(event);
      if (tab) this.choose(tab);
    });
    this.addEventListener('keydown', (event) => this.pressed(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Tabs and panels that are defined after this element are told by their `role`.
    this.observer.observe(this, { attributeFilter: ['name', 'disabled', 'role'], childList: true, subtree: true });
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
  }

  private get tabs(): AlgaTab[] {
    return [...this.children].filter((child) => child instanceof AlgaTab);
  }

  private get chosen(): AlgaTab | undefined {
    const open = this.tabs.filter((tab) => !tab.disabled);
    return open.find((tab) => tab.name === this.value) ?? open[0];
  }

  protected override update(): void {
    const { chosen } = this;
    const panels = [...this.children].filter((child) => child instanceof AlgaTabPanel);
    put(this.find('[role=tablist]'), 'aria-label', this.label);
    for (const panel of panels) panel.hidden = panel.name !== chosen?.name;
    for (const tab of this.tabs) {
      tab.ariaSelected = String(tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      const panel = panels.find(({ name }) => name === tab.name);
      if (!panel) continue;
      tab.id ||= `alga-tab-${++made}`;
      panel.id ||= `${tab.id}-panel`;
      tab.setAttribute('aria-controls', panel.id);
      panel.setAttribute('aria-labelledby', tab.id);
    }
  }

  private tabOf(event: Event): AlgaTab | undefined {
    return this.tabs.find((tab) => event.composedPath().includes(tab));
  }

  private choose(tab: AlgaTab): void {
    if (tab.disabled || tab === this.chosen) return;
    this.value = tab.name;
    this.update();
    this.emit('tabchange', { value: tab.name });
  }

  private pressed(event: KeyboardEvent): void {
    const tab = this.tabOf(event);
    if (!tab || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.choose(tab);
      return;
    }
    const to = this.target(tab, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
    if (!this.manual) this.choose(to);
  }

  /** Where a key leads from a tab: around the end, past disabled ones, the other way in right-to-left text. */
  private target(from: AlgaTab, key: string): AlgaTab | undefined {
    const open = this.tabs.filter((tab) => !tab.disabled);
    if (key === 'Home') return open[0];
    if (key === 'End') return open.at(-1);
    const step = (STEPS[key] ?? 0) * (this.matches(':dir(rtl)') ? -1 : 1);
    return step ? open[(open.indexOf(from) + step + open.length) % open.length] : undefined;
  }
}

define('tabs', AlgaTabs);

declare global {
  interface HTMLElementTagNameMap {
    'alga-tabs': AlgaTabs;
  }
}
