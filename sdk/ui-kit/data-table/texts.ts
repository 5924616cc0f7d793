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

const numbers = new Intl.NumberFormat('en');

export const ENGLISH: Texts = {
  table: 'Table',
  loading: 'Loading',
  empty: 'No rows',
  retry: 'Try again',
  details: 'Details',
  detailsOf: (row) => `Details: ${row}`,
  sortBy: 'Sort by',
  sortedBy: (header, direction) => `${header}, ${direction === 'asc' ? 'ascending' : 'descending'}`,
  unsorted: 'Not sorted',
  rows: (from, to, total) => `${numbers.format(from)}–${numbers.format(to)} of ${numbers.format(total)}`,
  rowsPerPage: 'Rows per page',
  pages: 'Pages',
  page: (page, pages) => `Page ${numbers.format(page)} of ${numbers.format(pages)}`,
  firstPage: 'First page',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  lastPage: 'Last page',
};
