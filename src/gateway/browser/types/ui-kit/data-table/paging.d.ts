/** Pages that a server makes: the table shows `rows` as page `page` of `total` rows, and asks for others. */
export interface Pagination {
    /** From 1. */
    page: number;
    pageSize: number;
    /** Rows on all pages. */
    total: number;
    onPageChange?: (page: number) => void;
    onPageSizeChange?: (pageSize: number) => void;
    /** Without it the size cannot be chosen. */
    pageSizeOptions?: number[];
}
export interface Paging {
    page: number;
    pages: number;
    /** Rows before this page. */
    before: number;
    /** The first and the last row of this page, counted from 1; 0 and 0 when there are none. */
    from: number;
    to: number;
    total: number;
    size: number;
    /** The sizes to choose from, the present one among them; empty when there is no choice. */
    sizes: number[];
}
/** What to show of `shown` rows. Numbers that cannot be (page 0, a size of 0) are read as the nearest that can. */
export declare function paging(pagination: Pagination, shown: number): Paging;
