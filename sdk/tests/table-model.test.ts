import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Column, fit } from '../ui-kit/data-table/columns.js';
import { paging } from '../ui-kit/data-table/paging.js';
import { sorted, toggled } from '../ui-kit/data-table/sorting.js';

const values = (given: unknown[], direction: 'asc' | 'desc' = 'asc'): unknown[] =>
  sorted(given.map((value) => ({ value })), { key: 'value', direction }).map(({ value }) => value);

test('sorting: numbers by value, dates by time, texts as they are read', () => {
  assert.deepEqual(values([10, 9, -1, 2.5]), [-1, 2.5, 9, 10]);
  assert.deepEqual(values([3n, 1, 2n], 'desc'), [3n, 2n, 1]);
  assert.deepEqual(values(['item 10', 'Item 9', 'Apfel', 'Zebra', 'apfel']), ['apfel', 'Apfel', 'Item 9', 'item 10', 'Zebra']);
  const [early, late] = [new Date(1_000), new Date(2_000)];
  assert.deepEqual(values([late, early]), [early, late]);
  assert.deepEqual(values([true, false]), [false, true]);
});

test('sorting: missing values are last both ways, and equal rows keep their order', () => {
  assert.deepEqual(values([null, 2, '', undefined, 1, NaN]), [1, 2, null, '', undefined, NaN]);
  assert.deepEqual(values([null, 2, '', 1], 'desc'), [2, 1, null, '']);
  const rows = [{ id: 1, value: 'a' }, { id: 2, value: 'a' }, { id: 3, value: 'a' }];
  for (const direction of ['asc', 'desc'] as const) assert.deepEqual(sorted(rows, { key: 'value', direction }), rows);
});

test('sorting: a column of several kinds has one order, and the given rows stay as they are', () => {
  const given = ['b', 2, 'a', 1, 'c', 0];
  const rows = given.map((value) => ({ value }));
  assert.deepEqual(values(given), [0, 1, 2, 'a', 'b', 'c']);
  sorted(rows, { key: 'value', direction: 'asc' });
  assert.deepEqual(rows.map(({ value }) => value), given);
});

test('sorting: what choosing a header does', () => {
  assert.deepEqual(toggled(null, 'a'), { key: 'a', direction: 'asc' });
  assert.deepEqual(toggled({ key: 'a', direction: 'asc' }, 'a'), { key: 'a', direction: 'desc' });
  assert.deepEqual(toggled({ key: 'a', direction: 'desc' }, 'a'), { key: 'a', direction: 'asc' });
  assert.deepEqual(toggled({ key: 'a', direction: 'asc' }, 'b'), { key: 'b', direction: 'asc' });
});

test('paging: what is shown of how many', () => {
  const shown = paging({ page: 2, pageSize: 25, total: 240 }, 25);
  assert.deepEqual(shown, { page: 2, pages: 10, before: 25, from: 26, to: 50, total: 240, size: 25, sizes: [] });
  const last = paging({ page: 10, pageSize: 25, total: 240 }, 15);
  assert.deepEqual([last.from, last.to], [226, 240]);
  const none = paging({ page: 1, pageSize: 25, total: 0 }, 0);
  assert.deepEqual([none.page, none.pages, none.from, none.to], [1, 1, 0, 0]);
});

test('paging: numbers that cannot be', () => {
  const given = { page: NaN, pageSize: 0, total: -3, pageSizeOptions: [50, 0, 10, 10] };
  assert.deepEqual(paging(given, 0), { page: 1, pages: 1, before: 0, from: 0, to: 0, total: 0, size: 1, sizes: [1, 10, 50] });
  assert.equal(paging({ page: 99, pageSize: 10, total: 25 }, 5).page, 3);
  assert.equal(paging({ page: 1, pageSize: 10, total: Infinity }, 5).total, 0);
});

test('paging: the present size is among the ones to choose', () => {
  assert.deepEqual(paging({ page: 1, pageSize: 30, total: 90, pageSizeOptions: [100, 10] }, 30).sizes, [10, 30, 100]);
});

const column = (key: string, rest: Partial<Column> = {}): Column => ({ key, header: key, ...rest });
const keys = (columns: Column[]): string => columns.map(({ key }) => key).join('');
const COLUMNS = [column('a', { alwaysShow: true }), column('b', { priority: 30 }), column('c', { width: 200 }), column('d', { priority: 1 }), column('e')];

for (const [available, shown, hidden] of [
  [680, 'abcde', ''],
  [679, 'acde', 'b'],
  [599, 'acd', 'be'],
  [479, 'ad', 'bce'],
  [279, 'a', 'bcde'],
  [10, 'a', 'bcde'],
] as const) {
  test(`columns: ${available} pixels show ${shown}`, () => {
    const fitting = fit(COLUMNS, available, 120, 40);
    assert.deepEqual([keys(fitting.shown), keys(fitting.hidden)], [shown, hidden]);
  });
}

test('columns: one is always shown, the most important', () => {
  const fitting = fit([column('a'), column('b', { priority: 1 }), column('c')], 50, 120, 40);
  assert.deepEqual([keys(fitting.shown), keys(fitting.hidden), fitting.needed], ['b', 'ac', 160]);
  assert.deepEqual(fit([], 50, 120, 40), { shown: [], hidden: [], needed: 0 });
});
