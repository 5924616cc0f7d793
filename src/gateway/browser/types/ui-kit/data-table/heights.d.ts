/**
 * Where rows are that are not all measured, in CSS pixels: each has its own height once it was seen, and an estimate before.
 *
 * Sums are made again from the first change on when somebody asks; for 10,000 rows that is less than drawing one of them.
 */
export declare class Heights {
    readonly count: number;
    /** Of rows that were not measured. */
    estimate: number;
    private readonly known;
    private readonly tops;
    private summed;
    private measured;
    constructor(count: number, 
    /** Of rows that were not measured. */
    estimate: number);
    /** Tell a row's height; the first one told becomes the estimate of all others. */
    measure(index: number, height: number): void;
    /** Where the row begins; `count` is the end of the last. */
    top(index: number): number;
    get total(): number;
    /** The row at that offset; the first or the last one where there is none. */
    indexAt(offset: number): number;
}
/** A row to draw, or the height in place of rows that are not. */
export type Item = {
    row: number;
} | {
    gap: number;
};
/**
 * What to draw, from the first row to the last: the rows in `viewport` pixels from `offset` on, `overscan` more on each side, and the ones
 * to `keep` wherever they are. The heights of all items sum up to the total, so that the scroll bar is right.
 */
export declare function layout(heights: Heights, offset: number, viewport: number, overscan: number, keep?: Iterable<number>): Item[];
