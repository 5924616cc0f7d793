import type { Fitting } from './columns.js';
import { make } from './dom.js';
import type { Sort } from './sorting.js';
import type { Texts } from './texts.js';

const ICONS = { asc: '↑', desc: '↓', none: '↕' };

/** The header row, and the widths of the columns. */
export class Head<Row> {
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly row: HTMLTableRowElement,
    private readonly widths: Element,
    private readonly chosen: (key: string) => void,
  ) {}

  replace({ shown, hidden }: Fitting<Row>, texts: Texts): void {
    const active = (this.row.getRootNode() as ShadowRoot).activeElement;
    const focused = [...this.buttons].find(([, button]) => button === active)?.[0];
    this.buttons.clear();
    const opener = make('th', { scope: 'col', className: 'details' }, make('span', { className: 'unseen' }, texts.details));
    this.row.replaceChildren(
      ...(hidden.length > 0 ? [opener] : []),
      ...shown.map(({ key, header, sortable, align }) => {
        const cell = make('th', { scope: 'col' }, sortable ? this.button(key, header) : header);
        cell.style.textAlign = align ?? '';
        return cell;
      }),
    );
    this.widths.replaceChildren(
      ...(hidden.length > 0 ? [make('col', { className: 'details' })] : []),
      ...shown.map(({ width }) => {
        const column = make('col');
        column.style.width = typeof width === 'number' ? `${width}px` : (width ?? '');
        return column;
      }),
    );
    if (focused !== undefined) this.buttons.get(focused)?.focus();
  }

  /** Show which order the rows have. */
  mark(sort: Sort | null): void {
    for (const [key, button] of this.buttons) {
      const direction = sort?.key === key ? sort.direction : undefined;
      const cell = button.parentElement as HTMLElement;
      cell.ariaSort = direction ? `${direction}ending` : null;
      const icon = button.lastElementChild as HTMLElement;
      icon.textContent = ICONS[direction ?? 'none'];
    }
  }

  private button(key: string, header: string): HTMLButtonElement {
    const button = make('button', { type: 'button', className: 'sort' }, header, make('span', { ariaHidden: 'true' }));
    button.addEventListener('click', () => this.chosen(key));
    this.buttons.set(key, button);
    return button;
  }
}
