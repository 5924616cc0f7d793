import type { Fitting } from './columns.js';
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
/** A drawn row: one cell a column, and before them the opener of what has no room, if there is any. */
export declare class RowView<Row> {
    private readonly context;
    readonly row: Row;
    readonly element: HTMLTableRowElement;
    private readonly children;
    constructor(context: RowContext<Row>, row: Row, index: number);
    remove(): void;
    /** Every element of the row, in an order that is the same when the row is drawn again. */
    elements(): HTMLElement[];
    /** Hidden columns stand in the cell of their opener, so that a row stays one row to whoever counts rows. */
    private details;
    /** What a cell shows, also while it is in no document, where slots show nothing. */
    private textOf;
    private fill;
}
