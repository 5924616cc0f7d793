import { FIELDS } from './agreement.js';
import { Problem } from './problem.js';

const DEFAULTS = { page: 1, pageSize: 25, sort: 'name', order: 'asc', filter: '' };
const RULES = {
  page: whole(10_000),
  pageSize: whole(100),
  sort: oneOf(FIELDS),
  order: oneOf(['asc', 'desc']),
  filter: { read: (text) => (text.length <= 100 ? text.trim() : undefined), rule: 'must have at most 100 characters' },
};

/** What a URL's query asks for. Throws a Problem that names every parameter at fault and its rule. */
export function readQuery(url) {
  const given = new URLSearchParams(url.split('?').slice(1).join('?'));
  const wanted = { ...DEFAULTS };
  const violations = [];
  for (const field of new Set(given.keys())) {
    const [text, ...more] = given.getAll(field);
    const value = Object.hasOwn(RULES, field) ? RULES[field].read(text) : undefined;
    if (!Object.hasOwn(RULES, field)) violations.push({ field, rule: `is unknown: known are ${Object.keys(RULES).join(', ')}` });
    else if (more.length > 0) violations.push({ field, rule: 'must be given once' });
    else if (value === undefined) violations.push({ field, rule: RULES[field].rule });
    else wanted[field] = value;
  }
  if (violations.length === 0) return wanted;
  throw new Problem(400, 'invalid_query', violations.map(({ field, rule }) => `${field} ${rule}`).join('; '), violations);
}

function whole(most) {
  const read = (text) => (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
  return { read, rule: `must be a whole number from 1 to ${most}` };
}

function oneOf(values) {
  return { read: (text) => (values.includes(text) ? text : undefined), rule: `must be one of ${values.join(', ')}` };
}
