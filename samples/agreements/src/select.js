const SEARCHED = ['id', 'name', 'client', 'status'];

/** The page of agreements that a query asks for, and how many there are on all its pages. */
export function select(agreements, { page, pageSize, sort, order, filter }) {
  const text = filter.toLowerCase();
  const found = agreements.filter((agreement) => SEARCHED.some((field) => agreement[field].toLowerCase().includes(text)));
  const sign = order === 'asc' ? 1 : -1;
  const keyed = found.map((agreement) => [key(agreement[sort]), agreement]);
  keyed.sort(([a, first], [b, second]) => missingLast(a, b) || sign * compare(a, b) || compare(first.id, second.id));
  const data = keyed.slice((page - 1) * pageSize, page * pageSize).map(([, agreement]) => agreement);
  return { data, total: found.length };
}

function key(value) {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** An agreement without an end comes after those that have one, in both orders. */
function missingLast(a, b) {
  return Number(a === null) - Number(b === null);
}

function compare(a, b) {
  return Number(a > b) - Number(a < b);
}
