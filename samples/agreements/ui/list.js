import { FIRST, fromQuery, PAGE_SIZES, toPath } from './query.js';
import { day, link, make, money, status, time } from './shown.js';

const COLUMNS = [
  { key: 'name', header: 'Agreement', sortable: true, cell: link, width: 260, alwaysShow: true },
  { key: 'client', header: 'Client', sortable: true, width: 190, priority: 1 },
  { key: 'status', header: 'Status', sortable: true, cell: status, width: 110, priority: 2 },
  { key: 'endsOn', header: 'Ends', sortable: true, cell: ({ endsOn }) => day(endsOn), width: 130, priority: 3 },
  { key: 'monthlyFee', header: 'Monthly fee', sortable: true, cell: money, align: 'end', width: 150, priority: 4 },
  { key: 'id', header: 'Id', sortable: true, width: 110, priority: 5 },
];
const SORTABLE = COLUMNS.map(({ key }) => key);

/** The list. `moved` hears its path whenever the user asks for something else. */
export function listView(call, moved) {
  const [table, filter, sync, outcome] = ['table', 'filter', 'sync', 'outcome'].map((id) => document.getElementById(id));
  let asked = FIRST;
  let loading = new AbortController();

  async function load() {
    loading.abort(); // an answer to an earlier question must not come after that to a later one
    const { signal } = (loading = new AbortController());
    table.loading = true;
    table.error = '';
    try {
      const { data, meta } = await call(`/agreements?${new URLSearchParams(asked)}`, { signal });
      const last = Math.max(1, Math.ceil(meta.total / asked.pageSize));
      if (asked.page > last) return ask({ page: last });
      show(data, meta);
    } catch (failure) {
      if (signal.aborted) return;
      table.error = failure.message;
    }
    table.loading = false;
  }

  function show(rows, { total, syncedAt }) {
    const { page, pageSize, sort, order } = asked;
    table.texts = { empty: empty(syncedAt) };
    table.sort = { key: sort, direction: order };
    table.pagination = {
      page,
      pageSize,
      total,
      pageSizeOptions: PAGE_SIZES,
      onPageChange: (page) => ask({ page }),
      onPageSizeChange: (pageSize) => ask({ pageSize, page: 1 }),
    };
    table.rows = rows;
    document.getElementById('synced').textContent = syncedAt ? `Last synchronised ${time(syncedAt)}` : 'Not synchronised yet';
  }

  function empty(syncedAt) {
    if (asked.filter) return `No agreement has “${asked.filter}” in its name, client, id or status. Search for something else.`;
    return syncedAt ? 'The vendor has no agreements.' : 'There are no agreements yet. Choose Synchronise to fetch them from the vendor.';
  }

  function ask(change) {
    asked = { ...asked, ...change };
    moved(toPath(asked));
    return load();
  }

  function search() {
    const text = filter.value.trim();
    if (text !== asked.filter) ask({ filter: text, page: 1 });
  }

  function tell(variant, text) {
    outcome.replaceChildren(make('alga-alert', { variant }, text));
  }

  async function synchronise() {
    sync.loading = true;
    tell('info', 'Fetching agreements from the vendor …');
    try {
      const { added, changed, removed, total } = await call('/agreements/sync', { method: 'POST' });
      const changes = added + changed + removed === 0 ? 'Nothing has changed' : `${added} added, ${changed} changed, ${removed} removed`;
      tell('success', `${changes}: ${total} agreements.`);
      await load();
    } catch (failure) {
      tell('danger', failure.message);
    } finally {
      sync.loading = false;
    }
  }

  table.columns = COLUMNS;
  table.onSortChange = ({ key, direction }) => ask({ sort: key, order: direction, page: 1 });
  table.onRetry = load;
  filter.addEventListener('search', search);
  filter.addEventListener('input', () => filter.value === '' && search()); // what a link brought along is cleared as well
  sync.addEventListener('click', synchronise);

  return {
    path: () => toPath(asked),
    /** Show what a path's query says. */
    show(query) {
      document.title = 'Agreements';
      asked = fromQuery(query, SORTABLE);
      filter.value = asked.filter;
      load();
    },
  };
}
