// Builds dist/main.wasm from src/handler.js.
import { componentize } from '@bytecodealliance/componentize-js';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here('src/handler.js'),
  witPath: here('wit'),
  worldName: 'runner',
  // `random` and `clocks` must stay on: without them Math.random() and Date.now() are frozen to values of the build.
  disableFeatures: ['stdio', 'http', 'fetch-event'],
});
await mkdir(here('dist'), { recursive: true });
await writeFile(here('dist/main.wasm'), component);
console.log(`dist/main.wasm: ${component.byteLength} bytes`);
