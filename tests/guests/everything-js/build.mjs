// Builds dist/main.wasm from src/handler.js. tests/host/everything.py puts wit/ and src/examples.js there, the latter from docs/host-api.md.
import { componentize } from '@bytecodealliance/componentize-js';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here('src/handler.js'),
  witPath: here('wit'),
  worldName: 'runner',
  disableFeatures: ['stdio', 'http', 'fetch-event'],
});
await mkdir(here('dist'), { recursive: true });
await writeFile(here('dist/main.wasm'), component);
console.log(`dist/main.wasm: ${component.byteLength} bytes`);
