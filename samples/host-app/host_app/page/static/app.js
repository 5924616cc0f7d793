// The page of the product: a menu, one extension at a time, and who uses it. Opening another extension is another document.

import { call, onRefusal } from './calls.js';
import { Extension } from './extension.js';
import { clearNotice, notice } from './notice.js';
import { onTheme, toggleTheme, tokens } from './theme.js';

const state = JSON.parse(document.getElementById('state').textContent);
const [, place = ''] = /^\/apps\/([^/]+)\//.exec(location.pathname) ?? [];
const content = document.getElementById('content');

const NOTICES = {
  SESSION_ENDED: ['Your session has ended.', 'Sign in again'],
  FORGED: ['This page is out of date.', 'Reload'],
  GATEWAY_UNREACHABLE: ['The extension service cannot be reached.', 'Try again'],
  GATEWAY_FAILED: ['The extension service failed.', 'Reload'],
};
// Loading the page again asks for everything again, and shows the form where the session has ended.
onRefusal((code) => notice(...(NOTICES[code] ?? NOTICES.GATEWAY_FAILED), () => location.reload()));

function showMenu() {
  const items = state.menu.map((item) => {
    const link = Object.assign(document.createElement('a'), { href: `/apps/${item.extension}/`, textContent: item.label });
    if (item.extension === place) link.setAttribute('aria-current', 'page');
    const entry = document.createElement('li');
    entry.append(link);
    return entry;
  });
  document.getElementById('menu').replaceChildren(...items);
}

function showPeople() {
  const select = document.getElementById('person');
  select.replaceChildren(...state.people.map(({ id, name, tenantName }) => new Option(`${tenantName} · ${name}`, id)));
  select.value = state.person.id;
  select.addEventListener('change', async () => {
    const answer = await call(state.token, '/api/session/person', { method: 'POST', body: JSON.stringify({ person: select.value }) });
    if (answer?.ok) location.assign('/');
    else select.value = state.person.id;
  });
}

function showControls() {
  const button = document.getElementById('theme');
  onTheme((theme) => button.setAttribute('aria-pressed', String(theme === 'dark')));
  button.addEventListener('click', toggleTheme);
  document.getElementById('sign-out').addEventListener('click', async () => {
    const answer = await call(state.token, '/api/session/end', { method: 'POST' });
    if (answer?.ok) location.assign('/');
  });
}

function text(words) {
  content.replaceChildren(Object.assign(document.createElement('p'), { className: 'empty', textContent: words }));
}

async function showContent() {
  const item = state.menu.find(({ extension }) => extension === place);
  if (state.error) {
    notice(`${state.error}.`, 'Try again', () => location.reload());
  } else if (item) {
    document.title = `${item.label} · Example product`;
    const path = location.href.slice(location.origin.length + `/apps/${place}`.length);
    const extension = new Extension(state, item, (now) => history.replaceState(null, '', `/apps/${place}${now}`));
    onTheme(() => extension.setTheme(tokens()));
    await extension.open(content, path, tokens());
  } else if (place) {
    text('This extension is not installed here, or you may not use it.');
  } else {
    text(state.menu.length ? 'Choose an extension from the menu.' : 'No extension is installed here.');
  }
}

clearNotice();
showPeople();
showMenu();
showControls();
await showContent();
