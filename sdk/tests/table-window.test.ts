import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heights, type Item, layout } from '../ui-kit/data-table/heights.js';

/** The same numbers in every run; a failure names the seed that finds it again. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const rowsOf = (items: Item[]): number[] => items.flatMap((item) => ('row' in item ? [item.row] : []));

for (let seed = 1; seed <= 200; seed += 1) {
  test(`whatever is measured, the window holds what is seen and no more: seed ${seed}`, () => {
    const random = generator(seed);
    const count = 1 + random(seed % 10 === 0 ? 10_000 : 60);
    const heights = new Heights(count, 1 + random(50));
    const known = new Map<number, number>();
    for (let step = 0; step < 20; step += 1) {
      const [index, height] = [random(count), 1 + random(80)];
      heights.measure(index, height);
      known.set(index, height);
    }
    const heightOf = (index: number): number => heights.top(index + 1) - heights.top(index);
    for (const [index, height] of known) assert.equal(heightOf(index), height);

    const [viewport, overscan] = [random(600), random(8)];
    const offset = random(heights.total + 1);
    const keep = [random(count) - 1, random(count + 3)];
    const items = layout(heights, offset, viewport, overscan, keep);
    const rows = rowsOf(items);

    assert.deepEqual(rows, [...new Set(rows)].sort((a, b) => a - b), 'in order, each once');
    const sum = items.reduce((all, item) => all + ('row' in item ? heightOf(item.row) : item.gap), 0);
    assert.equal(sum, heights.total, 'the scroll bar is right');
    for (let index = 0; index < count; index += 1) {
      const seen = heights.top(index) < offset + viewport && heights.top(index + 1) > offset;
      if (seen || keep.includes(index)) assert.ok(rows.includes(index), `row ${index}`);
    }
    const least = Math.min(...[...Array(count).keys()].map(heightOf));
    assert.ok(rows.length <= viewport / least + 2 + 2 * overscan + keep.length, `${rows.length} rows`);
    const between = heights.top(heights.indexAt(offset));
    assert.ok(between <= offset && (offset >= heights.total || offset < between + heightOf(heights.indexAt(offset))));
  });
}

test('the first measure is the estimate of all others', () => {
  const heights = new Heights(10_000, 40);
  assert.equal(heights.total, 400_000);
  heights.measure(7, 50);
  heights.measure(9_999, 25);
  assert.equal(heights.total, 9_999 * 50 + 25);
});

test('what is no height, and no row, changes nothing', () => {
  const heights = new Heights(3, 10);
  for (const height of [0, -1, NaN]) heights.measure(1, height);
  heights.measure(3, 99);
  assert.equal(heights.total, 30);
});

test('no rows', () => {
  const heights = new Heights(0, 10);
  assert.deepEqual([heights.total, heights.indexAt(100), layout(heights, 0, 500, 5, [0])], [0, 0, []]);
});

test('beyond the end the last row is drawn', () => {
  assert.deepEqual(layout(new Heights(10, 10), 5_000, 100, 0), [{ gap: 90 }, { row: 9 }]);
});
