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
root.dataset.ready = 'true';
