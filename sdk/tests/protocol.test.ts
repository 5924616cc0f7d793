import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../protocol/base64.js';
import { envelope, isEnvelope } from '../protocol/envelope.js';

test('an envelope is one', () => {
  assert.deepEqual(envelope('resize', { height: 7 }, '1'), { alga: true, version: '1', type: 'resize', request_id: '1', payload: { height: 7 } });
  assert.ok(isEnvelope(envelope('ready', {})));
  assert.equal('request_id' in envelope('ready', {}), false);
});

const GOOD = envelope('ready', {});
const { payload: _, ...WITHOUT_PAYLOAD } = GOOD;
const BAD: unknown[] = [
  null,
  'ready',
  7,
  [],
  WITHOUT_PAYLOAD,
  { ...GOOD, alga: 'true' },
  { ...GOOD, alga: 1 },
  { ...GOOD, version: 1 },
  { ...GOOD, version: '2' },
  { ...GOOD, type: 7 },
  { ...GOOD, request_id: 7 },
];
for (const message of BAD) {
  test(`not an envelope: ${JSON.stringify(message)}`, () => assert.equal(isEnvelope(message), false));
}

test('base64 of every byte, beyond what one call of an engine takes', () => {
  const bytes = Uint8Array.from({ length: 200_001 }, (_, at) => at % 256);
  assert.deepEqual(decode(encode(bytes)), bytes);
  assert.equal(encode(new Uint8Array()), '');
});
