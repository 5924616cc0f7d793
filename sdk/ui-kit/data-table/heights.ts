/**
 * Where rows are that are not all measured, in CSS pixels: each has its own height once it was seen, and an estimate before.
 *
 * Sums are made again from the first change on when somebody asks; for 10,000 rows that is less than drawing one of them.
 */
export class Heights {
  private readonly known: Float64Array;
  private readonly tops: Float64Array; // tops[i] is where row i begins, tops[count] is the end
  private summed = 0; // tops are right up to this index
  private measured = false;

  constructor(
    readonly count: number,
    /** Of rows that were not measured. */
    public estimate: number,
  ) {
    this.known = new Float64Array(count);
    this.tops = new Float64Array(count + 1);
  }

  /** Tell a row's height; the first one told becomes the estimate of all others. */
  measure(index: number, height: number): void {
    if (!(height > 0) || index >= this.count || this.known[index] === height) return;
    this.known[index] = height;
    this.summed = Math.min(this.summed, this.measured ? index : 0);
    if (!this.measured) this.estimate = height;
    this.measured = true;
  }

  /** Where the row begins; `count` is the end of the last. */
  top(index: number): number {
    for (; this.summed < index; this.summed += 1) {
      this.tops[this.summed + 1] = at(this.tops, this.summed) + (at(this.known, this.summed) || this.estimate);
    }
    return at(this.tops, index);
  }

  get total(): number {
    return this.top(this.count);
  }

  /** The row at that offset; the first or the last one where there is none. */
  indexAt(offset: number): number {
    let [low, high] = [0, Math.max(0, this.count - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.top(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

/** A row to draw, or the height in place of rows that are not. */
export type Item = { row: number } | { gap: number };

/**
 * What to draw, from the first row to the last: the rows in `viewport` pixels from `offset` on, `overscan` more on each side, and the ones
 * to `keep` wherever they are. The heights of all items sum up to the total, so that the scroll bar is right.
 */
export function layout(heights: Heights, offset: number, viewport: number, overscan: number, keep: Iterable<number> = []): Item[] {
  if (heights.count === 0) return [];
  const first = Math.max(0, heights.indexAt(offset) - overscan);
  const last = Math.min(heights.count - 1, heights.indexAt(offset + viewport) + overscan);
  const rows = new Set(Array.from({ length: last - first + 1 }, (_, place) => first + place));
  for (const row of keep) if (row >= 0 && row < heights.count) rows.add(row);

  const items: Item[] = [];
  let next = 0;
  for (const row of [...rows].sort((a, b) => a - b)) {
    const gap = heights.top(row) - heights.top(next);
    if (gap > 0) items.push({ gap });
    items.push({ row });
    next = row + 1;
  }
  const rest = heights.total - heights.top(next);
  return rest > 0 ? [...items, { gap: rest }] : items;
}
