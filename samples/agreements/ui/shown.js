// How values look.

const STATUS = { draft: 'neutral', active: 'success', expired: 'warning', cancelled: 'danger' };
const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function day(date) {
  return date === null ? 'Open-ended' : days.format(new Date(date));
}

export function time(moment) {
  return times.format(new Date(moment));
}

/** Fees are in the smallest unit of their currency. */
export function money({ monthlyFee, currency }) {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.format(monthlyFee / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function status({ status }) {
  return make('alga-badge', { variant: STATUS[status] }, status);
}

export function link({ id, name }) {
  return make('a', { href: `#/agreements/${encodeURIComponent(id)}` }, name);
}

/** An element with attributes and children; text is text, never markup. */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
