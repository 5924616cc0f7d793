import { logWarn } from 'alga:extension/logging';
import { json, Problem } from './problem.js';
import { readQuery } from './query.js';
import { select } from './select.js';
import { contents, find, readAll } from './store.js';
import { sync } from './sync.js';

const routes = {
  'GET /agreements': list,
  'POST /agreements/sync': () => json(200, sync()),
};

/** Called once per instance: nothing that is kept in a variable survives to the next call. */
export function handler({ http: { method, url } }) {
  const path = '/' + url.split('?', 1)[0].replace(/^\/+|\/+$/g, '');
  try {
    const route = routes[`${method} ${path}`];
    if (route) return route(url);
    const one = path.match(/^\/agreements\/([^/]+)$/);
    if (one && method === 'GET') return read(one[1]);
    throw new Problem(404, 'no_such_endpoint', 'There is no such endpoint.');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status >= 500) logWarn(`${error.code}: ${error.message}`);
    return error.answer();
  }
}

function list(url) {
  const query = readQuery(url);
  const { agreements, syncedAt } = contents(readAll());
  const { data, total } = select(agreements, query);
  return json(200, { data, meta: { total, ...query, syncedAt } });
}

function read(segment) {
  const found = find(decoded(segment));
  if (!found) throw new Problem(404, 'no_such_agreement', 'There is no such agreement. It may have been removed by a sync.');
  return json(200, found);
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no agreement has such an id
  }
}
