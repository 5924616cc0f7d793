// Calls of our own endpoints, and what a user is told when they fail: what happened and what to do next, never a status or a code.

const UNANSWERED = {
  unreachable: 'There is no connection. Check your network, then try again.',
  timeout: 'There was no answer in time. Try again in a minute.',
  busy: 'This page is doing too much at once. Wait a moment, then try again.',
};
const REFUSED = {
  401: 'You are signed out. Sign in again, then reload this page.',
  403: 'You may not do this. Ask your administrator for access.',
  404: 'This extension is not available any more. Ask your administrator.',
  429: 'There were too many requests. Wait a minute, then try again.',
  504: 'There was no answer in time. Try again in a minute.',
};
const FAILED = 'The service has failed. Try again in a minute; if it goes on, tell your administrator.';

/** Why a call failed, for users; `code` is our handler's word for it, where it was our handler that answered. */
export class Failure extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** A function that answers the JSON of an endpoint. It throws Failure, or the signal's reason. */
export function caller(fetch) {
  return async (path, init = {}) => {
    let response;
    try {
      response = await fetch(path, init);
      if (response.ok) return await response.json();
    } catch (error) {
      init.signal?.throwIfAborted();
      throw new Failure(UNANSWERED[error.code] ?? FAILED);
    }
    throw await refusal(response);
  };
}

async function refusal(response) {
  // Our handler says itself what to do. The gateway, and whatever stands before it, speaks to programs.
  if (response.headers.get('content-type') === 'application/json') {
    const { code, detail } = await response.json().catch(() => ({}));
    if (typeof detail === 'string' && typeof code === 'string') return new Failure(detail, code);
  }
  return new Failure(REFUSED[response.status] ?? FAILED);
}
