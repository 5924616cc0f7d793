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
export function paging(pagination: Pagination, shown: number): Paging {
  const pageSize = whole(pagination.pageSize, 1);
  const total = whole(pagination.total, 0);
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const page = Math.min(whole(pagination.page, 1), pages);
  const before = (page - 1) * pageSize;
  const to = Math.min(before + shown, total);
  const options = pagination.pageSizeOptions ?? [];
  const sizes = options.length === 0 ? [] : [...new Set([...options.map((size) => whole(size, 1)), pageSize])].sort((a, b) => a - b);
  return { page, pages, before, from: to > before ? before + 1 : 0, to: to > before ? to : 0, total, size: pageSize, sizes };
}

function whole(value: number, least: number): number {
  return Math.max(least, Number.isFinite(value) ? Math.floor(value) : least);
}
