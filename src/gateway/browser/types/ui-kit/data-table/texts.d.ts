import type { Sort } from './sorting.js';
/** What the table itself says, to be said in another language. */
export interface Texts {
    /** The name of a table without a `label`. */
    table: string;
    loading: string;
    empty: string;
    retry: string;
    /** The header of the column that opens what has no room. */
    details: string;
    detailsOf: (row: string) => string;
    sortBy: string;
    /** A choice of order; also what is announced. */
    sortedBy: (header: string, direction: Sort['direction']) => string;
    unsorted: string;
    rows: (from: number, to: number, total: number) => string;
    rowsPerPage: string;
    pages: string;
    page: (page: number, pages: number) => string;
    firstPage: string;
    previousPage: string;
    nextPage: string;
    lastPage: string;
}
export declare const ENGLISH: Texts;
