// Agreements are kept in buckets: a list costs one storage call however many rows it has, one agreement a single small one.
import { get, listEntries, put } from 'alga:extension/storage';
import { Problem } from './problem.js';

const NAMESPACE = 'agreements';
const BUCKETS = 24; // with NOTE as many entries as one page of list-entries has
const NOTE = 'synced'; // when the last sync ended
const MAX_VALUE = 64 << 10; // bytes of one entry, the platform's limit
const ABSENT = { text: '[]', revision: 0n };
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** All that is stored: entries `{text, revision}` by key. */
export function readAll() {
  const entries = stored(() => listEntries(NAMESPACE, undefined));
  return new Map(entries.map(({ key, value, revision }) => [key, { text: decoder.decode(value), revision }]));
}

/** The agreements among the entries of `readAll`, and when they were synchronised (ISO 8601, or null). */
export function contents(entries) {
  const agreements = keys().flatMap((key) => JSON.parse((entries.get(key) ?? ABSENT).text));
  return { agreements, syncedAt: entries.get(NOTE)?.text ?? null };
}

/** One agreement, or undefined. */
export function find(id) {
  return JSON.parse(read(bucketOf(id)).text).find((agreement) => agreement.id === id);
}

/**
 * Put these agreements in the place of what `before` has, wherever nobody else wrote since. Buckets that are right are not written.
 *
 * Answers `{added, changed, removed}`, or undefined when somebody else wrote something else: then it is time to look again.
 */
export function replace(before, agreements) {
  const buckets = bucketed(agreements); // all of them fit, or none is written
  const changes = { added: 0, changed: 0, removed: 0 };
  for (const [key, { bucket, text }] of buckets) {
    const { text: old, revision } = before.get(key) ?? ABSENT;
    if (text === old) continue;
    if (swap(key, text, revision)) count(changes, JSON.parse(old), bucket);
    else if (read(key).text !== text) return undefined;
  }
  return changes;
}

/** Note when a sync ended. Another one that ended meanwhile has noted a time as good. */
export function note(before, time) {
  swap(NOTE, time, (before.get(NOTE) ?? ABSENT).revision);
}

function bucketed(agreements) {
  const buckets = new Map(keys().map((key) => [key, []]));
  for (const agreement of agreements) buckets.get(bucketOf(agreement.id)).push(agreement);
  const texts = [...buckets].map(([key, bucket]) => {
    const text = JSON.stringify(bucket.sort((a, b) => (a.id < b.id ? -1 : 1)));
    if (encoder.encode(text).length > MAX_VALUE) {
      throw new Problem(502, 'vendor_too_large', 'The vendor has more agreements than fit here. Nothing was changed. Ask the publisher.');
    }
    return [key, { bucket, text }];
  });
  return new Map(texts);
}

/** Whether the entry had that revision and is `text` now. */
function swap(key, text, revision) {
  try {
    put({ namespace: NAMESPACE, key, value: encoder.encode(text), revision });
    return true;
  } catch (error) {
    if (error.payload === 'conflict') return false;
    throw failure(error);
  }
}

function read(key) {
  try {
    const { value, revision } = get(NAMESPACE, key);
    return { text: decoder.decode(value), revision };
  } catch (error) {
    if (error.payload === 'missing') return ABSENT;
    throw failure(error);
  }
}

function stored(step) {
  try {
    return step();
  } catch (error) {
    throw failure(error);
  }
}

/** A host function's error is thrown with the case of its enum as the payload. */
function failure(error) {
  if (error.payload === 'denied') {
    return new Problem(403, 'storage_denied', 'Storage is not granted to this install, or it is full. Ask your administrator.');
  }
  if (error.payload === 'internal') return new Problem(503, 'storage_unavailable', 'Storage is not available. Try again in a minute.');
  return error;
}

function count(changes, before, after) {
  const old = new Map(before.map((agreement) => [agreement.id, JSON.stringify(agreement)]));
  for (const agreement of after) {
    if (!old.has(agreement.id)) changes.added += 1;
    else if (old.get(agreement.id) !== JSON.stringify(agreement)) changes.changed += 1;
    old.delete(agreement.id);
  }
  changes.removed += old.size;
}

function keys() {
  return Array.from({ length: BUCKETS }, (_, number) => String(number).padStart(2, '0'));
}

/** FNV-1a of the id spreads agreements evenly. */
function bucketOf(id) {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return String((hash >>> 0) % BUCKETS).padStart(2, '0');
}
