const encoder = new TextEncoder();

/**
 * An answer that is no success: `code` is for programs, `detail` tells people what to do. Plain JSON, where the gateway's own problems are
 * `application/problem+json`: so pages can tell them apart.
 */
export class Problem extends Error {
  constructor(status, code, detail, violations = []) {
    super(detail);
    Object.assign(this, { status, code, violations });
  }

  answer() {
    const { status, code, message: detail, violations } = this;
    return json(status, { status, code, detail, ...(violations.length > 0 ? { violations } : {}) });
  }
}

export function json(status, value) {
  const headers = [
    { name: 'content-type', value: 'application/json' },
    { name: 'cache-control', value: 'no-store' },
  ];
  return { status, headers, body: encoder.encode(JSON.stringify(value)) };
}
