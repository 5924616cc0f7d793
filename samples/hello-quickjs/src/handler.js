import { get, put } from 'alga:extension/storage';
import { decode, encode, randomHex } from './text.js';

const NAMESPACE = 'notes';
const MAX_TEXT_LENGTH = 2000;

const routes = {
  'GET /hello': hello,
  'POST /echo': echo,
  'POST /notes': createNote,
};

/** Called once per instance: nothing that is kept in a variable survives to the next call. */
export function handler(request) {
  const path = '/' + request.http.url.split('?', 1)[0].replace(/^\/+|\/+$/g, '');
  const route = routes[`${request.http.method} ${path}`];
  if (route) return route(request);
  const note = path.match(/^\/notes\/([^/]+)$/);
  if (note && request.http.method === 'GET') return readNote(note[1]);
  return fail(404, 'no such endpoint');
}

function hello({ context }) {
  return json(200, {
    greeting: `Hello, ${context.tenantId}!`,
    requestId: context.requestId ?? null,
    random: randomHex(8),
    now: Date.now(),
  });
}

function echo({ http }) {
  const type = http.headers.find(({ name }) => name.toLowerCase() === 'content-type');
  return {
    status: 200,
    headers: [{ name: 'content-type', value: type?.value ?? 'application/octet-stream' }],
    body: http.body,
  };
}

function createNote({ http }) {
  let text;
  let value;
  try {
    text = JSON.parse(decode(http.body ?? new Uint8Array()))?.text;
  } catch {
    return fail(400, 'the body must be JSON');
  }
  if (typeof text !== 'string' || text.length === 0 || text.length > MAX_TEXT_LENGTH) {
    return fail(400, `text must be a string of 1 to ${MAX_TEXT_LENGTH} characters`);
  }
  try {
    value = encode(text);
  } catch {
    return fail(400, 'text must be Unicode');
  }
  const id = randomHex(16);
  return stored(() => {
    const { revision } = put({ namespace: NAMESPACE, key: id, value, revision: null });
    return json(201, { id, text, revision: Number(revision) }, [{ name: 'location', value: `notes/${id}` }]);
  });
}

function readNote(id) {
  return stored(() => {
    const { value, revision } = get(NAMESPACE, id);
    return json(200, { id, text: decode(Uint8Array.from(value)), revision: Number(revision) });
  });
}

/** Runs a step that uses storage. A host function's error is thrown, with the case of its enum as the payload. */
function stored(step) {
  try {
    return step();
  } catch (error) {
    if (error.payload === 'missing') return fail(404, 'no such note');
    if (error.payload === 'denied') return fail(403, 'storage is not granted to this install');
    if (error.payload === 'conflict') return fail(409, 'the note was changed meanwhile');
    if (error.payload === 'internal') return fail(503, 'storage is not available');
    throw error;
  }
}

function json(status, value, headers = []) {
  return {
    status,
    headers: [{ name: 'content-type', value: 'application/json' }, ...headers],
    body: encode(JSON.stringify(value)),
  };
}

function fail(status, message) {
  return json(status, { error: message });
}
