import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildExtUiSrc, frameSource } from '../host-bridge/source.js';

const HASH = `sha256:${'0a'.repeat(32)}`;

test('the URL of a page', () => {
  assert.equal(
    buildExtUiSrc('com.example.reports', HASH, '/a?b=c', { tenantId: 'demo', publicBaseOverride: 'https://ui.example/', parentOrigin: 'https://app.example' }),
    `https://ui.example/ext-ui/com.example.reports/sha256%3A${'0a'.repeat(32)}/index.html` +
      '?path=%2Fa%3Fb%3Dc&tenant=demo&extensionId=com.example.reports&parentOrigin=https%3A%2F%2Fapp.example',
  );
});

test('without options', () => {
  assert.equal(buildExtUiSrc('reports', HASH), `/runner/ext-ui/reports/sha256%3A${'0a'.repeat(32)}/index.html?path=%2F`);
});

test('a hash in upper case is one', () => {
  assert.match(buildExtUiSrc('reports', HASH.toUpperCase().replace('SHA', 'sha')), /sha256%3A0A0A/);
});

for (const hash of ['', 'sha256:', HASH.slice(0, -1), `${HASH}0`, HASH.replace('sha256:', ''), `${HASH}/../..`, `${HASH}\n`]) {
  test(`not a hash: ${JSON.stringify(hash)}`, () => assert.throws(() => buildExtUiSrc('reports', hash), TypeError));
}

for (const name of ['', '.', '..', '../x', 'a/b', 'a%2fb', 'a b', '-']) {
  test(`not an extension: ${JSON.stringify(name)}`, () => assert.throws(() => buildExtUiSrc(name, HASH), TypeError));
}

test('where a frame may go', () => {
  const src = buildExtUiSrc('reports', HASH, '/a/b', { publicBaseOverride: 'https://ui.example' });
  assert.equal(frameSource(src), `https://ui.example/ext-ui/reports/sha256%3A${'0a'.repeat(32)}/`);
});
