import './ui-kit.js';

const root = document.documentElement;
const get = (id) => document.getElementById(id);

get('theme').addEventListener('change', ({ target }) => {
  if (target.value) root.dataset.theme = target.value;
  else delete root.dataset.theme;
});
get('direction').addEventListener('change', ({ target }) => {
  root.dir = target.value;
});
get('search').addEventListener('search', ({ detail }) => {
  get('searched').textContent = detail.value ? `Searched for “${detail.value}”.` : 'Searched for everything.';
});
get('open-dialog').addEventListener('click', () => get('dialog').show());
for (const id of ['keep', 'end']) get(id).addEventListener('click', () => get('dialog').close());

const clients = ['Northwind', 'Contoso', 'Fabrikam', 'Tailspin'];
const agreements = Array.from({ length: 48 }, (_, id) => ({ id, name: `Agreement ${id + 1}`, client: clients[id % 4], ended: id % 5 === 0, hours: (id * 37) % 90 }));
const badge = ({ ended }) =>
  Object.assign(document.createElement('alga-badge'), { variant: ended ? 'neutral' : 'success', textContent: ended ? 'Ended' : 'Active' });

/** As a handler would answer. */
function load(page, pageSize, sort) {
  const sign = sort.direction === 'asc' ? 1 : -1;
  const sorted = [...agreements].sort((a, b) => sign * (sort.key === 'hours' ? a.hours - b.hours : a.id - b.id));
  Object.assign(get('agreements'), {
    rows: sorted.slice((page - 1) * pageSize, page * pageSize),
    sort,
    onSortChange: (sort) => load(1, pageSize, sort),
    pagination: {
      page,
      pageSize,
      total: sorted.length,
      pageSizeOptions: [5, 10, 25],
      onPageChange: (page) => load(page, pageSize, sort),
      onPageSizeChange: (pageSize) => load(1, pageSize, sort),
    },
  });
}

get('agreements').columns = [
  { key: 'name', header: 'Name', sortable: true, alwaysShow: true },
  { key: 'client', header: 'Client', priority: 20 },
  { key: 'ended', header: 'State', width: 110, cell: badge },
  { key: 'hours', header: 'Hours', sortable: true, align: 'end', width: 110 },
];
load(1, 5, { key: 'name', direction: 'asc' });

root.dataset.ready = 'true';
