import { Problem } from './problem.js';

export const STATUSES = ['draft', 'active', 'expired', 'cancelled'];
const DATE = /^\d{4}-\d{2}-\d{2}$/;

// What each field must be, and how that is said. In this order fields are stored and answered.
const RULES = {
  id: [(value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value), '1 to 64 letters, digits, dots, hyphens or underscores'],
  name: [(value) => isText(value, 120), 'text of 1 to 120 characters'],
  client: [(value) => isText(value, 120), 'text of 1 to 120 characters'],
  status: [(value) => STATUSES.includes(value), `one of ${STATUSES.join(', ')}`],
  startsOn: [isDate, 'a date, YYYY-MM-DD'],
  endsOn: [(value) => value === null || isDate(value), 'a date, YYYY-MM-DD, or null'],
  monthlyFee: [(value) => Number.isSafeInteger(value) && value >= 0, "a whole number of its currency's smallest unit, 0 or more"],
  currency: [(value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value), 'three capital letters'],
};

export const FIELDS = Object.keys(RULES);

/** The agreement that a stranger's value is, without what we do not know. `where` tells it in the Problem that is thrown for others. */
export function checked(value, where) {
  if (typeof value !== 'object' || value === null) throw malformed(`${where} must be an object`);
  return Object.fromEntries(
    Object.entries(RULES).map(([field, [holds, rule]]) => {
      if (!holds(value[field])) throw malformed(`${where}.${field} must be ${rule}`);
      return [field, value[field]];
    }),
  );
}

export function malformed(what) {
  return new Problem(502, 'vendor_malformed', `The vendor's answer cannot be used: ${what}. Nothing was changed. Tell the vendor.`);
}

function isText(value, most) {
  return typeof value === 'string' && value.trim() !== '' && value.length <= most && value.isWellFormed();
}

function isDate(value) {
  return typeof value === 'string' && DATE.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value) === true;
}
