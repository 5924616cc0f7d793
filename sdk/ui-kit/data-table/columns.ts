/** A column of a table whose rows are `Row`. Only `key` and `header` are needed. */
export interface Column<Row = Record<string, unknown>> {
  /** Unique among the columns; the field that is shown when there is no `cell`, and what sorting names. */
  key: string;
  header: string;
  sortable?: boolean;
  /** What a cell shows. A string is text, never markup; a node is shown as it is, in the page's own styles. */
  cell?: (row: Row) => Node | string | number | null | undefined;
  /** CSS pixels, or any CSS width; columns without one share what is left. */
  width?: number | string;
  align?: 'start' | 'center' | 'end';
  /** Columns with the highest number are the first to go when it is narrow (default: 10). */
  priority?: number;
  /** Never goes. */
  alwaysShow?: boolean;
}

export interface Fitting<Row> {
  shown: Column<Row>[];
  /** What is shown below each row on demand. */
  hidden: Column<Row>[];
  /** CSS pixels that the shown ones need: more than there are when none of them may go. */
  needed: number;
}

const DEFAULT_PRIORITY = 10;

/**
 * Which columns have room in `available` CSS pixels, in their given order. A column takes its width in pixels, or `minimum`.
 *
 * The least important goes first, of equals the last one; one column stays always. When any goes, `toggle` pixels go to what opens the rest.
 */
export function fit<Row>(columns: readonly Column<Row>[], available: number, minimum: number, toggle: number): Fitting<Row> {
  const shown = new Set(columns);
  const needed = (): number => {
    let sum = shown.size < columns.length ? toggle : 0;
    for (const { width } of shown) sum += typeof width === 'number' ? width : minimum;
    return sum;
  };
  const rank = (column: Column<Row>): number => column.priority ?? DEFAULT_PRIORITY;
  const goes = columns.filter((column) => !column.alwaysShow).reverse().sort((a, b) => rank(b) - rank(a));
  for (const column of goes) {
    if (shown.size === 1 || needed() <= available) break;
    shown.delete(column);
  }
  return { shown: [...shown], hidden: columns.filter((column) => !shown.has(column)), needed: needed() };
}
