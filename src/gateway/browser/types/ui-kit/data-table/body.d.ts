import type { RowView } from './row.js';
/** What a body draws. */
export interface Rows<Row> {
    count: number;
    /** Draw every row, seen or not. */
    all: boolean;
    view: (index: number) => RowView<Row>;
}
/** Draws the rows of a table that are in the scroller's view, of any number, and the ones around the focus wherever they are. */
export declare class Body<Row> {
    private readonly element;
    private readonly scroller;
    /** What has the focus, in the table's shadow or among its children. */
    private readonly focused;
    private readonly drawn;
    private heights;
    private rows;
    constructor(element: HTMLTableSectionElement, scroller: HTMLElement, 
    /** What has the focus, in the table's shadow or among its children. */
    focused: () => Element | null);
    /** Draw other rows: from the first on, or, to `stay`, from the place that is seen now; and the one to `keep` wherever it is. */
    replace(rows: Rows<Row>, stay: boolean, keep?: number): void;
    /** Draw what is seen now. It keeps its place in the view whatever the rows above turn out to measure. */
    draw({ row, within }?: {
        row: number;
        within: number;
    }, keep?: number | undefined): void;
    /** The first row that is seen, and how many pixels of it are not; to who is at the very end and may stay there, the end of the last row. */
    private anchor;
    /** The drawn row in which the focus is. */
    focusedRow(): number | undefined;
    view(index: number): RowView<Row> | undefined;
    /** Rows that stay are not moved, because an element that is moved loses the focus. */
    private place;
}
