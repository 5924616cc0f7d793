import { make } from './dom.js';
import { Heights, type Item, layout } from './heights.js';
import type { RowView } from './row.js';

const FIRST_ESTIMATE = 41; // CSS pixels of a row with one line of text, until one is measured
const OVERSCAN = 8; // rows beside what is seen, so that Tab finds the next control and fast scrolling finds rows
const SETTLES = 4; // times that rows may turn out to have other heights while they are drawn

/** What a body draws. */
export interface Rows<Row> {
  count: number;
  /** Draw every row, seen or not. */
  all: boolean;
  view: (index: number) => RowView<Row>;
}

/** Draws the rows of a table that are in the scroller's view, of any number, and the ones around the focus wherever they are. */
export class Body<Row> {
  private readonly drawn = new Map<number, RowView<Row>>();
  private heights = new Heights(0, FIRST_ESTIMATE);
  private rows: Rows<Row> | undefined;

  constructor(
    private readonly element: HTMLTableSectionElement,
    private readonly scroller: HTMLElement,
    /** What has the focus, in the table's shadow or among its children. */
    private readonly focused: () => Element | null,
  ) {}

  /** Draw other rows: from the first on, or, to `stay`, from the place that is seen now; and the one to `keep` wherever it is. */
  replace(rows: Rows<Row>, stay: boolean, keep?: number): void {
    const { row, within } = stay ? this.anchor(false) : { row: 0, within: 0 };
    for (const view of this.drawn.values()) view.remove();
    this.drawn.clear();
    this.rows = rows;
    this.heights = new Heights(rows.count, this.heights.estimate);
    this.draw({ row: Math.max(0, Math.min(row, rows.count - 1)), within }, keep);
  }

  /** Draw what is seen now. It keeps its place in the view whatever the rows above turn out to measure. */
  draw({ row, within } = this.anchor(true), keep = this.focusedRow()): void {
    const { heights, scroller, rows } = this;
    if (!rows) return;
    const viewport = rows.all ? Infinity : scroller.clientHeight;
    const kept = keep === undefined ? [] : [keep - 1, keep, keep + 1];
    for (let turn = 0; turn < SETTLES; turn += 1) {
      const [top, total] = [heights.top(row) + within, heights.total];
      this.place(layout(heights, top, viewport, OVERSCAN, kept), rows);
      for (const [index, { element }] of this.drawn) heights.measure(index, element.getBoundingClientRect().height);
      if (Math.abs(scroller.scrollTop - top) >= 1) scroller.scrollTop = top;
      if (heights.total === total && heights.top(row) + within === top) return;
    }
  }

  /** The first row that is seen, and how many pixels of it are not; to who is at the very end and may stay there, the end of the last row. */
  private anchor(end: boolean): { row: number; within: number } {
    const { heights, scroller: { scrollTop, scrollHeight, clientHeight } } = this;
    const atEnd = end && scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 1;
    const row = atEnd ? heights.count : heights.indexAt(scrollTop);
    return { row, within: scrollTop - heights.top(row) };
  }

  /** The drawn row in which the focus is. */
  focusedRow(): number | undefined {
    const focused = this.focused();
    if (!focused) return undefined;
    return [...this.drawn].find(([, view]) => view.elements().includes(focused as HTMLElement))?.[0];
  }

  view(index: number): RowView<Row> | undefined {
    return this.drawn.get(index);
  }

  /** Rows that stay are not moved, because an element that is moved loses the focus. */
  private place(items: Item[], { view }: Rows<Row>): void {
    const wanted = new Set(items.map((item) => ('row' in item ? item.row : -1)));
    for (const gap of this.element.querySelectorAll('.gap')) gap.remove();
    for (const [index, gone] of this.drawn) {
      if (wanted.has(index)) continue;
      gone.remove();
      this.drawn.delete(index);
    }
    let next = this.element.firstChild;
    for (const item of items) {
      const drawn = 'row' in item ? this.drawn.get(item.row)?.element : undefined;
      if (drawn) {
        next = drawn.nextSibling;
        continue;
      }
      let made: HTMLTableRowElement;
      if ('row' in item) {
        const row = view(item.row);
        this.drawn.set(item.row, row);
        made = row.element;
      } else {
        made = make('tr', { className: 'gap', ariaHidden: 'true' }, make('td'));
        made.style.height = `${item.gap}px`;
      }
      this.element.insertBefore(made, next);
    }
  }
}
