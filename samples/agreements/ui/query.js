// What the list shows, as a path: only what is not as it is at first.

export const FIRST = { page: 1, pageSize: 25, sort: 'name', order: 'asc', filter: '' };
export const PAGE_SIZES = [10, 25, 50, 100];

/** What a path's query says; what it does not say, or says wrongly, is as at first. */
export function fromQuery(text, sortable) {
  const given = Object.fromEntries(new URLSearchParams(text));
  const { page, pageSize, sort, order, filter = '' } = given;
  return {
    page: /^[1-9]\d{0,3}$/.test(page) ? Number(page) : FIRST.page,
    pageSize: PAGE_SIZES.includes(Number(pageSize)) ? Number(pageSize) : FIRST.pageSize,
    sort: sortable.includes(sort) ? sort : FIRST.sort,
    order: order === 'desc' ? 'desc' : 'asc',
    filter: filter.slice(0, 100),
  };
}

export function toPath(shown) {
  const said = Object.entries(shown).filter(([name, value]) => value !== FIRST[name]);
  return said.length > 0 ? `/?${new URLSearchParams(said)}` : '/';
}
