// Calls of this page's own server. Each shows the token that other sites cannot know; a refusal is told to the user once, in one place.

let refused = () => {};

/** Be told the code of each refusal: of our server's, and GATEWAY_FAILED for failures of the gateway's own. */
export function onRefusal(listener) {
  refused = listener;
}

/** As `fetch`, with the token; what goes wrong is told as well as answered. */
export async function fetchWith(token, input, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('x-csrf-token', token);
  let response;
  try {
    response = await fetch(input, { ...init, headers });
  } catch (error) {
    if (error.name !== 'AbortError') refused('GATEWAY_UNREACHABLE');
    throw error;
  }
  const code = response.headers.get('x-host-refusal');
  if (code) refused(code);
  // An extension's own failures are its page's to show.
  else if (response.status >= 502 && response.headers.get('content-type') === 'application/problem+json') refused('GATEWAY_FAILED');
  return response;
}

/** One call of ours; undefined when it was not answered. */
export async function call(token, path, init) {
  try {
    return await fetchWith(token, path, init);
  } catch {
    return undefined;
  }
}
