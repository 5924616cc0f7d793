import { jsonResponse } from '@alga-psa/extension-runtime';
// @ts-ignore: the host's interfaces, of the WIT beside this
import { put } from 'alga:extension/storage';
// @ts-ignore
import { logInfo } from 'alga:extension/logging';

// The test writes a number of its own here: only a component that was compiled in that run can answer it.
const NONCE = '__NONCE__';

export function handler(request: any) {
  const { context, http } = request;
  logInfo(`${http.method} ${http.url}`);
  const note = http.url.match(/^\/notes\/([a-z]+)$/);
  if (note) {
    const { revision } = put({ namespace: 'notes', key: note[1], value: http.body ?? new Uint8Array() });
    return jsonResponse({ revision: Number(revision) }, { status: 201 });
  }
  return jsonResponse({
    nonce: NONCE,
    tenant: context.tenantId,
    url: http.url,
    accept: http.headers.filter((field: any) => field.name === 'accept').map((field: any) => field.value),
  });
}
