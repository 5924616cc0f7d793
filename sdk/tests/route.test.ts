import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientPath, confine } from '../host-bridge/route.js';

const PREFIX = 'https://app.example/api/ext-proxy/com.example.reports/';

const INSIDE: [string, string][] = [
  ['/agreements', 'agreements'],
  ['agreements', 'agreements'],
  ['', ''],
  ['/agreements?page=2&q=a/../b', 'agreements?page=2&q=a/../b'],
  ['/a?b?c', 'a?b?c'],
  ['//evil.example/x', 'evil.example/x'],
  ['/a//b/', 'a/b'],
  ['https://evil.example/x', 'https:/evil.example/x'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['-evil/x', '-evil/x'],
  ['/a#../../x', 'a'],
  ['/half%25/%C3%A9/a%2Fb', 'half%25/%C3%A9/a%2Fb'],
  ['/é/a b', '%C3%A9/a%20b'],
  ['/..a/...', '..a/...'],
];
for (const [route, below] of INSIDE) {
  test(`inside: ${route}`, () => assert.equal(confine(PREFIX, route), PREFIX + below));
}

const OUTSIDE: unknown[] = [
  '../../other-extension/x',
  '/../../other-extension/x',
  '/a/../../other/x',
  '/./x',
  '/a/..',
  '..',
  '/..?x',
  '/%2e%2e/other/x',
  '/%2E./other/x',
  '/.%2e/other/x',
  '/..%2fother/x',
  '/a%2f..%2f..%2fother/x',
  '/..%5cother/x',
  '/%252e%252e/other/x',
  '/%25252e%25252e%25252fother',
  '/%2525252525252525252525252e',
  '/%zz/%252e%252e/x',
  '/..;/other/x',
  '/%2e%2e%3b/other/x',
  '/%c0%ae%c0%ae/x',
  '/%25c0%25ae/x',
  '\\..\\other',
  '/.\t./other/x',
  '/.\n./other/x',
  '/.%09./x',
  '/x%00',
  '\u0000',
  `/${'a'.repeat(8_192)}`,
  undefined,
  null,
  7,
  ['/agreements'],
  { toString: () => '/agreements' },
];
for (const route of OUTSIDE) {
  test(`outside: ${JSON.stringify(route)?.slice(0, 60)}`, () => assert.equal(confine(PREFIX, route), undefined));
}

test('paths of pages', () => {
  assert.equal(clientPath('/a/b?c=d#e'), '/a/b?c=d#e');
  assert.equal(clientPath('a/../b'), '/b');
  for (const path of ['javascript:alert(1)', 'JaVaScRiPt:1', 'data:text/html,x', '//evil.example', 'https://evil.example/x', '/\\evil', 'java\nscript:1', 7, null]) {
    assert.equal(clientPath(path), undefined, String(path));
  }
});
