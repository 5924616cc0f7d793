// Calls any function of the world: POST /run/<interface>/<function> with its arguments as a JSON list, in the names of the WIT.
// Answers {"ok": …}, {"err": case}, or {"thrown": text} for what the bindings refuse. Bytes are {"base64": …}; no option is null.
// GET /examples/<name> runs an example of docs/host-api.md; POST /tick, which schedules call, stores what it is sent.
import * as clients from 'alga:extension/clients';
import * as config from 'alga:extension/config';
import * as context from 'alga:extension/context';
import * as http from 'alga:extension/http';
import * as invoicing from 'alga:extension/invoicing';
import * as logging from 'alga:extension/logging';
import * as scheduler from 'alga:extension/scheduler';
import * as secrets from 'alga:extension/secrets';
import * as services from 'alga:extension/services';
import * as storage from 'alga:extension/storage';
import * as uiProxy from 'alga:extension/ui-proxy';
import * as user from 'alga:extension/user';
import * as userV2 from 'alga:extension/user-v2';
import { examples } from './examples.js';

const interfaces = {
  clients, config, context, http, invoicing, logging, scheduler, secrets, services, storage, 'ui-proxy': uiProxy, user, 'user-v2': userV2,
};
const BIG = new Set(['revision']);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function handler(request) {
  const [, what, ...names] = request.http.url.split('?', 1)[0].replace(/^\/*/, '/').split('/');
  if (what === 'examples') return json(attempt(() => examples[names[0]](request)));
  if (what === 'tick') return json({ ok: toJson(storage.put({ namespace: 'ticks', key: 'last', value: request.http.body })) });
  const run = interfaces[names[0]]?.[camel(names[1] ?? '')];
  if (!run) return json({ thrown: 'no such function' }, 404);
  const said = JSON.parse(decoder.decode(request.http.body ?? encoder.encode('[]')));
  let times = Number(new URLSearchParams(request.http.url.split('?')[1]).get('times') ?? 1);
  let answer;
  while (times-- > 0) answer = attempt(() => toJson(run(...said.map(fromJson))));
  return json(answer);
}

function attempt(step) {
  try {
    return { ok: step() ?? null };
  } catch (error) {
    return error.payload === undefined ? { thrown: String(error) } : { err: error.payload };
  }
}

function fromJson(value) {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object') return value;
  if ('base64' in value) return Uint8Array.from(atob(value.base64), (char) => char.charCodeAt(0));
  const pairs = Object.entries(value).map(([name, one]) => [camel(name), BIG.has(name) && one !== null ? BigInt(one) : fromJson(one)]);
  return Object.fromEntries(pairs);
}

function toJson(value) {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return { base64: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) };
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [kebab(name), toJson(one)]));
}

const camel = (name) => name.replace(/-(.)/g, (_, char) => char.toUpperCase());
const kebab = (name) => name.replace(/[A-Z]/g, (char) => `-${char.toLowerCase()}`);

function json(value, status = 200) {
  return { status, headers: [{ name: 'content-type', value: 'application/json' }], body: encoder.encode(JSON.stringify(value)) };
}
