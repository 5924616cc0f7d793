import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProxy } from '../host-bridge/proxy.js';

const PREFIX = 'https://app.example/api/ext-proxy/reports/';

interface Call {
  url: string;
  init: RequestInit;
}

/** A proxy whose gateway answers `response`, and what it was asked. */
function proxied(response: () => Response | Promise<Response>): { proxy: ApiProxy; calls: Call[] } {
  const calls: Call[] = [];
  const fetcher = (async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return response();
  }) as typeof fetch;
  return { proxy: new ApiProxy(PREFIX, fetcher), calls };
}

test('a call is relayed and answered', async () => {
  const headers = { 'content-type': 'text/plain', etag: '"1"', 'x-ext-page': '2', 'x-csrf-token': 'of the host application' };
  const { proxy, calls } = proxied(() => new Response('hello', { status: 201, headers }));
  const answer = await proxy.call({ route: '/notes', method: 'PUT', body: btoa('text'), headers: { 'content-type': 'text/plain', cookie: 'a=b' } });
  assert.deepEqual(answer, { body: btoa('hello'), status: 201, headers: { 'content-type': 'text/plain', etag: '"1"', 'x-ext-page': '2' } });
  const [call] = calls;
  assert.equal(call?.url, `${PREFIX}notes`);
  assert.equal(call.init.method, 'PUT');
  assert.equal(call.init.redirect, 'manual');
  assert.deepEqual(Object.fromEntries(call.init.headers as Headers), { 'content-type': 'text/plain' });
  assert.deepEqual(call.init.body, new TextEncoder().encode('text'));
});

test('without a method it is POST, and bytes', async () => {
  const { proxy, calls } = proxied(() => new Response());
  await proxy.call({ route: '/notes', body: '' });
  assert.equal(calls[0]?.init.method, 'POST');
  assert.equal((calls[0].init.headers as Headers).get('content-type'), 'application/octet-stream');
});

test('a failed answer keeps its status, headers and body beside the text that older SDKs read', async () => {
  const { proxy } = proxied(() => new Response('{}', { status: 404, statusText: 'Not Found', headers: { 'x-request-id': '7' } }));
  const answer = await proxy.call({ route: '/x', method: 'GET' });
  assert.equal(answer.error, 'Proxy error 404: Not Found');
  assert.deepEqual([answer.code, answer.status, answer.body, answer.headers?.['x-request-id']], ['http', 404, btoa('{}'), '7']);
});

const REFUSED: [unknown, string][] = [
  [null, 'invalid_call'],
  ['route', 'invalid_call'],
  [{}, 'invalid_call'],
  [{ route: '/../../other/x' }, 'invalid_call'],
  [{ route: '/x', method: 'OPTIONS' }, 'invalid_call'],
  [{ route: '/x', method: 'get' }, 'invalid_call'],
  [{ route: '/x', method: ['GET'] }, 'invalid_call'],
  [{ route: '/x', method: 'GET', body: 'AAAA' }, 'invalid_call'],
  [{ route: '/x', body: 7 }, 'invalid_call'],
  [{ route: '/x', body: '*' }, 'invalid_call'],
  [{ route: '/x', headers: { accept: 'a\nb: c' } }, 'invalid_call'],
  [{ route: '/x', body: 'A'.repeat(14 << 20) }, 'too_large'],
];
for (const [payload, code] of REFUSED) {
  test(`refused before a request: ${JSON.stringify(payload).slice(0, 60)}`, async () => {
    const { proxy, calls } = proxied(() => new Response());
    assert.equal((await proxy.call(payload)).code, code);
    assert.deepEqual(calls, []);
  });
}

test('redirects are not followed', async () => {
  const redirect = Object.defineProperty(new Response(), 'type', { value: 'opaqueredirect' });
  assert.equal((await proxied(() => redirect).proxy.call({ route: '/x' })).code, 'redirected');
});

test('an answer that says it is too large is not read', async () => {
  const { proxy } = proxied(() => new Response('x', { headers: { 'content-length': String((10 << 20) + 1) } }));
  assert.equal((await proxy.call({ route: '/x' })).code, 'too_large');
});

test('an answer that turns out too large is not passed on', async () => {
  const { proxy } = proxied(() => new Response(new Uint8Array((10 << 20) + 1)));
  assert.equal((await proxy.call({ route: '/x' })).code, 'too_large');
});

test('a gateway that cannot be reached', async () => {
  const { proxy } = proxied(() => Promise.reject(new TypeError('connection to 10.0.0.7 refused')));
  assert.deepEqual(await proxy.call({ route: '/x' }), { code: 'unreachable', error: 'the gateway could not be reached' });
});

test('at most 32 calls at a time', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { proxy, calls } = proxied(async () => {
    await gate;
    return new Response();
  });
  const answers = Array.from({ length: 33 }, () => proxy.call({ route: '/x' }));
  assert.equal((await answers[32])?.code, 'busy');
  open();
  assert.deepEqual((await Promise.all(answers.slice(0, 32))).map((answer) => answer.status), Array(32).fill(200));
  assert.equal(calls.length, 32);
  assert.equal((await proxy.call({ route: '/x' })).status, 200);
});
