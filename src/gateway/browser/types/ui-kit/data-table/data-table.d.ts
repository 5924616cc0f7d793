import { AlgaElement } from '../base.js';
import { type Column } from './columns.js';
import { type Pagination } from './paging.js';
import { type Sort } from './sorting.js';
import { type Texts } from './texts.js';
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
/**
 * `<alga-data-table>`: rows in columns, which sort, come in pages, load and fail; of thousands only those in view are drawn.
 *
 * Without `onSortChange` and `pagination` the table sorts the rows itself; otherwise their order is the program's. Tells `sortchange`,
 * `pagechange`, `pagesizechange` and `retry`.
 */
export declare class AlgaDataTable<Row = Record<string, unknown>> extends AlgaElement {
    static readonly attributes: {
        label: string;
        loading: boolean;
        error: string;
        minColumnWidth: number;
    };
    static readonly styles: CSSStyleSheet[];
    static readonly template = "\n    <div id=\"error\" role=\"alert\" hidden><span></span><button type=\"button\"></button></div>\n    <label id=\"sorter\" hidden></label>\n    <div id=\"scroller\" role=\"region\" aria-labelledby=\"name\" tabindex=\"-1\">\n      <table><caption id=\"name\" class=\"unseen\"></caption><colgroup></colgroup><thead><tr aria-rowindex=\"1\"></tr></thead><tbody></tbody></table>\n      <p id=\"empty\" hidden></p>\n      <div id=\"skeleton\" aria-hidden=\"true\" hidden></div>\n    </div>\n    <nav hidden></nav>\n    <div id=\"status\" class=\"unseen\" role=\"status\"></div>";
    label: string;
    loading: boolean;
    /** What went wrong, for the user to read; empty when nothing did. */
    error: string;
    /** CSS pixels that a column without a width needs. */
    minColumnWidth: number;
    columns: readonly Column<Row>[];
    rows: readonly Row[];
    sort: Sort | null;
    pagination: Pagination | null;
    rowKey: (row: Row) => unknown;
    texts: Partial<Texts>;
    onSortChange: ((sort: Sort) => void) | null;
    onRetry: (() => void) | null;
    private data;
    private fresh;
    private ordered;
    private columnsShown;
    private view;
    private readonly open;
    private readonly table;
    private readonly scroller;
    private readonly retry;
    private readonly head;
    private readonly body;
    private readonly sorter;
    private readonly pager;
    private readonly resizes;
    constructor();
    connectedCallback(): void;
    disconnectedCallback(): void;
    protected update(): void;
    /** Choose the columns that have room. */
    private fit;
    /** Draw the rows anew. The focus stays at the row that has the same key. */
    private redraw;
    /** Say how things are, to readers and to screen readers. */
    private tell;
    private choose;
    private focused;
}
declare global {
    interface HTMLElementTagNameMap {
        'alga-data-table': AlgaDataTable;
    }
}
