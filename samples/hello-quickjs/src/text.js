// What QuickJS has no globals for: TextEncoder, TextDecoder and crypto.
import { getRandomBytes } from 'wasi:random/random@0.2.0';

/** UTF-8 of a string. Throws URIError for half of a surrogate pair. */
export function encode(text) {
  const bytes = unescape(encodeURIComponent(text));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

/** The string that UTF-8 stands for. Throws URIError for anything else. */
export function decode(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 4096) parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  return decodeURIComponent(escape(parts.join('')));
}

/** `size` random bytes in hexadecimal, new in every call: Math.random() is not. */
export function randomHex(size) {
  return Array.from(getRandomBytes(size), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
