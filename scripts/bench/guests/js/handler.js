// The same source for SpiderMonkey and QuickJS; QuickJS has no TextEncoder, and what is encoded here is ASCII.
const routes = {
  '/hello': ({ context }) => text(JSON.stringify({ greeting: `Hello, ${context.tenantId}!` })),
  '/echo': ({ http }) => http.body,
  '/work': () => text(String(primesBelow(20000))),
};

export function handler(request) {
  const route = routes[request.http.url];
  return { status: route ? 200 : 404, headers: [], body: route ? route(request) : null };
}

function primesBelow(limit) {
  const composite = new Uint8Array(limit);
  let found = 0;
  for (let number = 2; number < limit; number++) {
    if (composite[number]) continue;
    found++;
    for (let multiple = number * number; multiple < limit; multiple += number) composite[multiple] = 1;
  }
  return found;
}

function text(ascii) {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}
