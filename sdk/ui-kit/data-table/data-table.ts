import { AlgaElement, define, say, sheet } from '../base.js';
import { Body } from './body.js';
import { type Column, fit, type Fitting } from './columns.js';
import styles from './data-table.css';
import { make } from './dom.js';
import { Head } from './head.js';
import { Pager } from './pager.js';
import { type Pagination, type Paging, paging } from './paging.js';
import { type RowContext, RowView } from './row.js';
import { type Sort, sorted, toggled } from './sorting.js';
import { Sorter } from './sorter.js';
import { ENGLISH, type Texts } from './texts.js';

const ALWAYS_DRAWN = 100; // rows up to which all are drawn, so that the table is as long as they are
const OPENER_WIDTH = 48; // CSS pixels, as in data-table.css
const SKELETON_LINES = { least: 3, most: 10 };

/** What a program gives the table as properties; only `columns` and `rows` are needed. */
export interface TableData<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** The order that the headers show. The table sets it when the user chooses one. */
  sort: Sort | null;
  /** Pages that a server makes. */
  pagination: Pagination | null;
  /** What tells a row from others when new rows come: its `id`, or the object itself where it has none. */
  rowKey: (row: Row) => unknown;
  /** What the table says, where it is not English. */
  texts: Partial<Texts>;
  onSortChange: ((sort: Sort) => void) | null;
  /** With it, an error has a button that calls it. */
  onRetry: (() => void) | null;
}

const DEFAULTS: TableData<unknown> = {
  columns: [],
  rows: [],
  sort: null,
  pagination: null,
  rowKey: (row) => (row as { id?: unknown } | null)?.id ?? row,
  texts: {},
  onSortChange: null,
  onRetry: null,
};

/**
 * `<alga-data-table>`: rows in columns, which sort, come in pages, load and fail; of thousands only those in view are drawn.
 *
 * Without `onSortChange` and `pagination` the table sorts the rows itself; otherwise their order is the program's. Tells `sortchange`,
 * `pagechange`, `pagesizechange` and `retry`.
 */
export class AlgaDataTable<Row = Record<string, unknown>> extends AlgaElement {
  static override readonly attributes = { label: '', loading: false, error: '', minColumnWidth: 120 };
  static override readonly styles = [sheet(styles)];
  static override readonly template = `
    <div id="error" role="alert" hidden><span></span><button type="button"></button></div>
    <label id="sorter" hidden></label>
    <div id="scroller" role="region" aria-labelledby="name" tabindex="-1">
      <table><caption id="name" class="unseen"></caption><colgroup></colgroup><thead><tr aria-rowindex="1"></tr></thead><tbody></tbody></table>
      <p id="empty" hidden></p>
      <div id="skeleton" aria-hidden="true" hidden></div>
    </div>
    <nav hidden></nav>
    <div id="status" class="unseen" role="status"></div>`;

  static {
    for (const name of Object.keys(DEFAULTS) as (keyof TableData<unknown>)[]) {
      Object.defineProperty(this.prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: AlgaDataTable) {
          return this.data[name];
        },
        set(this: AlgaDataTable, value: unknown) {
          this.data = { ...this.data, [name]: value ?? DEFAULTS[name] };
          this.fresh = false;
          this.invalidate();
        },
      });
    }
  }

  declare label: string;
  declare loading: boolean;
  /** What went wrong, for the user to read; empty when nothing did. */
  declare error: string;
  /** CSS pixels that a column without a width needs. */
  declare minColumnWidth: number;
  declare columns: readonly Column<Row>[];
  declare rows: readonly Row[];
  declare sort: Sort | null;
  declare pagination: Pagination | null;
  declare rowKey: (row: Row) => unknown;
  declare texts: Partial<Texts>;
  declare onSortChange: ((sort: Sort) => void) | null;
  declare onRetry: (() => void) | null;

  private data: TableData<Row> = DEFAULTS as TableData<Row>;
  private fresh = false; // whether the drawn rows are of `data`
  private ordered: readonly Row[] = [];
  private columnsShown: Fitting<Row> = { shown: [], hidden: [], needed: 0 };
  private view = ''; // which page in which order is drawn
  private readonly open = new Set<unknown>();
  private readonly table = this.find<HTMLTableElement>('table');
  private readonly scroller = this.find('#scroller');
  private readonly retry = this.find<HTMLButtonElement>('#error button');
  private readonly head: Head<Row> = new Head(this.find('thead tr'), this.find('colgroup'), (key) => this.choose(toggled(this.sort, key)));
  private readonly body: Body<Row> = new Body(this.find('tbody'), this.scroller, () => this.focused());
  private readonly sorter: Sorter<Row> = new Sorter(this.find('#sorter'), (sort) => this.choose(sort));
  private readonly pager = new Pager(
    this.find('nav'),
    (page) => {
      this.emit('pagechange', { page });
      this.pagination?.onPageChange?.(page);
    },
    (pageSize) => {
      this.emit('pagesizechange', { pageSize });
      this.pagination?.onPageSizeChange?.(pageSize);
      this.invalidate(); // the choice shows what is, until the program takes it up
    },
  );
  private readonly resizes = new ResizeObserver(() => requestAnimationFrame(() => this.isConnected && this.update()));

  constructor() {
    super();
    this.scroller.addEventListener('scroll', () => this.body.draw(), { passive: true });
    // Tab, pressed faster than frames are drawn, finds the next row all the same.
    this.scroller.addEventListener('focusin', () => this.body.draw());
    this.retry.addEventListener('click', () => {
      this.emit('retry');
      this.onRetry?.();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resizes.observe(this.scroller);
  }

  override disconnectedCallback(): void {
    this.resizes.disconnect();
  }

  protected override update(): void {
    const texts = { ...ENGLISH, ...this.texts };
    const pages = this.pagination ? paging(this.pagination, this.rows.length) : undefined;
    this.find('#name').textContent = this.label || texts.table;
    this.fit(texts);
    if (this.fresh) this.body.draw();
    else this.redraw(pages, texts);
    this.fresh = true;
    this.head.mark(this.sort);
    this.sorter.update(this.columns, this.columnsShown, this.sort, texts);
    this.pager.update(pages, texts);
    this.tell(pages, texts);
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = this.scroller;
    this.scroller.tabIndex = scrollHeight > clientHeight || scrollWidth > clientWidth ? 0 : -1;
  }

  /** Choose the columns that have room. */
  private fit(texts: Texts): void {
    const fitting = fit(this.columns, this.scroller.clientWidth || Infinity, this.minColumnWidth, OPENER_WIDTH);
    const same = fitting.shown.every((column, place) => column === this.columnsShown.shown[place]);
    if (this.fresh && same && fitting.shown.length === this.columnsShown.shown.length) return;
    this.fresh = false;
    this.columnsShown = fitting;
    this.table.style.minWidth = `${fitting.needed}px`;
    this.head.replace(fitting, texts);
  }

  /** Draw the rows anew. The focus stays at the row that has the same key. */
  private redraw(pages: Paging | undefined, texts: Texts): void {
    const { rows, sort, pagination, rowKey } = this;
    const view = JSON.stringify([pages?.page, pages?.size, sort]);
    const stay = view === this.view;
    this.view = view;
    if (!stay) this.open.clear();

    const at = this.body.focusedRow();
    const focus = at === undefined ? undefined : this.body.view(at);
    const place = focus?.elements().indexOf(this.focused() as HTMLElement) ?? -1;
    this.ordered = sort && !pagination && !this.onSortChange ? sorted(rows, sort) : rows;
    const keep = focus ? this.ordered.findIndex((row) => rowKey(row) === rowKey(focus.row)) : -1;

    const context: RowContext<Row> = {
      host: this,
      columns: this.columnsShown,
      texts,
      firstIndex: 2 + (pages?.before ?? 0), // after the header's
      keyOf: rowKey,
      open: this.open,
      resized: () => this.body.draw(),
    };
    const { ordered } = this;
    const all = ordered.length <= ALWAYS_DRAWN;
    this.toggleAttribute('long', !all);
    this.table.ariaRowCount = String(1 + (pages?.total ?? ordered.length));
    this.body.replace({ count: ordered.length, all, view: (index) => new RowView(context, ordered[index] as Row, index) }, stay, keep < 0 ? undefined : keep);
    if (!focus) return;
    this.body.view(keep)?.elements()[place]?.focus({ preventScroll: true });
    if (!this.focused()) this.scroller.focus({ preventScroll: true });
  }

  /** Say how things are, to readers and to screen readers. */
  private tell(pages: Paging | undefined, texts: Texts): void {
    const { error, loading, ordered, retry, root, sort } = this;
    const none = ordered.length === 0;
    const hadFocus = root.activeElement === retry;
    this.find('#error').hidden = !error;
    say(this.find('#error span'), error);
    say(retry, texts.retry);
    retry.hidden = !this.onRetry;
    if (hadFocus && !error) this.scroller.focus({ preventScroll: true });

    this.table.ariaBusy = String(loading);
    this.scroller.classList.toggle('loading', loading);
    const skeleton = this.find('#skeleton');
    skeleton.hidden = !loading || !none;
    const lines = Math.min(Math.max(pages?.size ?? 0, SKELETON_LINES.least), SKELETON_LINES.most);
    if (skeleton.childElementCount !== lines) skeleton.replaceChildren(...Array.from({ length: lines }, () => make('span')));
    const empty = this.find('#empty');
    empty.hidden = !none || loading || error !== '';
    say(empty, texts.empty);

    const order = sort && this.columns.find(({ key }) => key === sort.key);
    const range = texts.rows(pages?.from ?? 1, pages?.to ?? ordered.length, pages?.total ?? ordered.length);
    const shown = order ? `${range}, ${texts.sortedBy(order.header, sort.direction)}` : range;
    say(this.find('#status'), error ? '' : loading ? texts.loading : none ? texts.empty : shown);
  }

  private choose(sort: Sort): void {
    this.sort = sort;
    this.emit('sortchange', sort);
    this.onSortChange?.(sort);
  }

  private focused(): Element | null {
    const active = this.root.activeElement ?? (this.getRootNode() as Document | ShadowRoot).activeElement;
    return active !== this && (this.root.contains(active) || this.contains(active)) ? active : null;
  }
}

define('data-table', AlgaDataTable);

declare global {
  interface HTMLElementTagNameMap {
    'alga-data-table': AlgaDataTable;
  }
}
