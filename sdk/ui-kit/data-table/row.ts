import type { Column, Fitting } from './columns.js';
import { make } from './dom.js';
import type { Texts } from './texts.js';

/** What all rows have in common. */
export interface RowContext<Row> {
  /** The table's element: nodes of cells become its children, where the page's own styles reach them. */
  host: HTMLElement;
  columns: Fitting<Row>;
  texts: Texts;
  /** `aria-rowindex` of the first row. */
  firstIndex: number;
  keyOf: (row: Row) => unknown;
  /** Keys of the rows whose hidden columns are open. */
  open: Set<unknown>;
  resized: () => void;
}

let slots = 0;

/** A drawn row: one cell a column, and before them the opener of what has no room, if there is any. */
export class RowView<Row> {
  readonly element = make('tr');
  private readonly children: HTMLElement[] = []; // of the host, shown in slots of this row

  constructor(
    private readonly context: RowContext<Row>,
    readonly row: Row,
    index: number,
  ) {
    const { shown, hidden } = context.columns;
    this.element.ariaRowIndex = String(context.firstIndex + index);
    this.element.classList.toggle('odd', index % 2 === 1);
    const cells = shown.map((column) => {
      const cell = this.fill(make('td'), column);
      cell.style.textAlign = column.align ?? '';
      return cell;
    });
    if (hidden.length > 0) this.element.append(this.details(cells[0]));
    this.element.append(...cells);
  }

  remove(): void {
    this.element.remove();
    for (const child of this.children) child.remove();
  }

  /** Every element of the row, in an order that is the same when the row is drawn again. */
  elements(): HTMLElement[] {
    return [this.element, ...this.children].flatMap((root) => [...root.querySelectorAll<HTMLElement>('*')]);
  }

  /** Hidden columns stand in the cell of their opener, so that a row stays one row to whoever counts rows. */
  private details(name: HTMLElement | undefined): HTMLElement {
    const { columns, keyOf, open, resized, texts } = this.context;
    const key = keyOf(this.row);
    const list = make('dl');
    const button = make('button', { type: 'button', className: 'opener', ariaLabel: texts.detailsOf(this.textOf(name)) });
    const show = (): void => {
      const opened = open.has(key);
      button.ariaExpanded = String(opened);
      list.hidden = !opened;
      if (!opened || list.firstChild) return;
      list.append(...columns.hidden.map((column) => make('div', {}, make('dt', {}, column.header), this.fill(make('dd'), column))));
    };
    button.addEventListener('click', () => {
      if (!open.delete(key)) open.add(key);
      show();
      resized();
    });
    show();
    return make('td', { className: 'details' }, button, list);
  }

  /** What a cell shows, also while it is in no document, where slots show nothing. */
  private textOf(cell: HTMLElement | undefined): string {
    const slot = cell?.querySelector('slot');
    const shown = slot ? this.children.find((child) => child.slot === slot.name) : cell;
    return (shown?.textContent ?? '').trim();
  }

  private fill(cell: HTMLElement, column: Column<Row>): HTMLElement {
    const shown = content(column, this.row);
    if (typeof shown === 'string') cell.append(shown);
    else {
      slots += 1;
      const child = make('div', { slot: `cell-${slots}` }, shown);
      this.children.push(child);
      this.context.host.append(child);
      cell.append(make('slot', { name: child.slot }));
    }
    return cell;
  }
}

/** What a column shows of a row; nothing where `cell` fails, which is reported as uncaught, so that one bad row does not take the others along. */
function content<Row>(column: Column<Row>, row: Row): Node | string {
  try {
    const value = column.cell ? column.cell(row) : (row as Record<string, unknown>)[column.key];
    return value instanceof Node ? value : value === null || value === undefined ? '' : String(value);
  } catch (error) {
    reportError(error);
    return '';
  }
}
