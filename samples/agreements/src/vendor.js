import { get } from 'alga:extension/config';
import { fetch } from 'alga:extension/http';
import { checked, malformed } from './agreement.js';
import { Problem } from './problem.js';

const PAGE_SIZE = 100;
const MAX_AGREEMENTS = 5_000;
const decoder = new TextDecoder('utf-8', { fatal: true });
const CALL_FAILURES = {
  'invalid-url': [503, 'not_configured', '`vendor_url` is no address that can be called. Ask your administrator to correct it.'],
  'not-allowed': [
    502,
    'vendor_not_allowed',
    'This install may not call the vendor. Ask your administrator: its egress must name the address, and the secret for it must be set.',
  ],
  transport: [502, 'vendor_unreachable', 'The vendor does not answer. Nothing was changed. Try again in a few minutes.'],
  internal: [503, 'egress_unavailable', 'The platform could not call the vendor. Nothing was changed. Try again in a minute.'],
};

/** All agreements that the vendor has. Throws a Problem. */
export function fetchAll() {
  const base = get('vendor_url')?.replace(/\/+$/, '');
  if (!base) throw new Problem(503, 'not_configured', '`vendor_url` is not set. Ask your administrator to set it for this install.');
  const found = new Map();
  for (let page = 1; ; page += 1) {
    const { items, total } = fetchPage(base, page);
    for (const [index, item] of items.entries()) {
      const agreement = checked(item, `page ${page}: items[${index}]`);
      found.set(agreement.id, agreement);
    }
    if (page * PAGE_SIZE < total) continue;
    // A short answer must not pass for agreements that ended.
    if (found.size !== total) throw malformed(`it says that there are ${total} agreements, and has ${found.size}`);
    return [...found.values()];
  }
}

function fetchPage(base, page) {
  // The token is a secret of the install that the platform adds to calls of this address: it is never here.
  const answer = call(`${base}/agreements?page=${page}&pageSize=${PAGE_SIZE}`);
  if (answer.status === 401 || answer.status === 403) {
    throw new Problem(502, 'vendor_refused', 'The vendor refused our token. Nothing was changed. Ask your administrator to set the right one.');
  }
  if (answer.status !== 200) {
    const detail = `The vendor failed (status ${answer.status}). Nothing was changed. Try again in a few minutes.`;
    throw new Problem(502, 'vendor_failed', detail);
  }
  const { items, total } = parsed(answer.body, page);
  if (!Array.isArray(items) || items.length > PAGE_SIZE) throw malformed(`page ${page}: items must be a list of at most ${PAGE_SIZE}`);
  if (!Number.isSafeInteger(total) || total < 0) throw malformed(`page ${page}: total must be a whole number, 0 or more`);
  if (total > MAX_AGREEMENTS) {
    const detail = `The vendor has ${total} agreements, and at most ${MAX_AGREEMENTS} fit here. Nothing was changed. Ask the publisher.`;
    throw new Problem(502, 'vendor_too_large', detail);
  }
  return { items, total };
}

function call(url) {
  try {
    return fetch({ method: 'GET', url, headers: [{ name: 'accept', value: 'application/json' }] });
  } catch (error) {
    if (error.payload in CALL_FAILURES) throw new Problem(...CALL_FAILURES[error.payload]);
    throw error;
  }
}

function parsed(body, page) {
  try {
    const value = JSON.parse(decoder.decode(body));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Neither UTF-8 nor JSON: said below.
  }
  throw malformed(`page ${page} must be a JSON object`);
}
