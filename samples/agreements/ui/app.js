// An extension's page in a sandboxed frame. What it shows is named by a path: `/` is the list, `/agreements/AGR-1001` one agreement.
import { autoResize, currentPath, navigate, useExtension } from './iframe-sdk.js';
import './ui-kit.js';
import { caller } from './calls.js';
import { detailView } from './detail.js';
import { listView } from './list.js';

const { bridge, fetch } = useExtension();
const call = caller(fetch);
const list = listView(call, (path) => {
  history.replaceState(null, '', `#${path}`);
  navigate(bridge, path);
});
const detail = detailView(call);

/** The path is in the fragment, so that links and the browser's Back work as in any page; at first it is the one that the host opened. */
function path() {
  return location.hash.slice(1) || currentPath();
}

function show() {
  const [place, query] = path().split('?');
  const [, id] = /^\/agreements\/([^/]+)$/.exec(place) ?? [];
  document.getElementById('list').hidden = id !== undefined;
  document.getElementById('detail').hidden = id === undefined;
  if (id === undefined) list.show(query);
  else detail.show(id, list.path());
}

addEventListener('hashchange', () => {
  navigate(bridge, path());
  show();
  document.querySelector('section:not([hidden]) h1').focus();
});
autoResize(bridge);
show();
document.documentElement.dataset.ready = 'true';
