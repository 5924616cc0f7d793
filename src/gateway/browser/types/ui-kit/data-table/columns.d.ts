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
/**
 * Which columns have room in `available` CSS pixels, in their given order. A column takes its width in pixels, or `minimum`.
 *
 * The least important goes first, of equals the last one; one column stays always. When any goes, `toggle` pixels go to what opens the rest.
 */
export declare function fit<Row>(columns: readonly Column<Row>[], available: number, minimum: number, toggle: number): Fitting<Row>;
