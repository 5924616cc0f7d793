import { logInfo } from 'alga:extension/logging';
import { Problem } from './problem.js';
import { note, readAll, replace } from './store.js';
import { fetchAll } from './vendor.js';

const ATTEMPTS = 5;

/**
 * Make the stored agreements those of the vendor: 1 read what is stored, 2 fetch what the vendor has, 3 swap what differs, 4 note the time.
 *
 * What is fetched after it was read is not older than what it replaces. When another sync wrote something else meanwhile, all is done
 * once more; when nothing changed, nothing is written but the time. Throws a Problem.
 */
export function sync() {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = readAll();
    const agreements = fetchAll();
    const changes = replace(before, agreements);
    if (!changes) continue;
    const syncedAt = new Date().toISOString();
    note(before, syncedAt);
    logInfo(`synchronised ${agreements.length} agreements: ${JSON.stringify(changes)}`);
    return { ...changes, total: agreements.length, syncedAt };
  }
  throw new Problem(503, 'busy', 'Others synchronise as well, and the vendor changes meanwhile. Try again in a minute.');
}
