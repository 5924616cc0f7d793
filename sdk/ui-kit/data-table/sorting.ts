export interface Sort {
  /** A column's key. */
  key: string;
  direction: 'asc' | 'desc';
}

/** What choosing a column's header makes of the present order: ascending, and descending the second time. */
export function toggled(sort: Sort | null, key: string): Sort {
  return { key, direction: sort?.key === key && sort.direction === 'asc' ? 'desc' : 'asc' };
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** A copy of the rows in that order: numbers and dates by value, texts as the user's language has it, missing values last both ways. */
export function sorted<Row>(rows: readonly Row[], sort: Sort): Row[] {
  const valueOf = (row: Row): unknown => (row as Record<string, unknown>)[sort.key];
  const sign = sort.direction === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [first, second] = [valueOf(a), valueOf(b)];
    const gaps = Number(missing(first)) - Number(missing(second));
    return gaps || (missing(first) ? 0 : sign * compare(first, second));
  });
}

function missing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value);
}

/** Numbers of any kind before everything else, so that the order is one also where a column mixes them. */
function compare(first: unknown, second: unknown): number {
  const [a, b] = [numberOf(first), numberOf(second)];
  if (a !== undefined && b !== undefined) return a < b ? -1 : Number(a > b);
  if (a !== undefined || b !== undefined) return a !== undefined ? -1 : 1;
  return collator.compare(String(first), String(second));
}

function numberOf(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : undefined;
}
