// Builds dist/main.wasm from src/handler.js and what it imports, and ui/dist/ from ui/ and the platform's scripts for browsers.
import { componentize } from '@bytecodealliance/componentize-js';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// A frame loads only what its own bundle has, so the scripts come along.
await rm(here('ui/dist'), { recursive: true, force: true });
const sources = (await readdir(here('ui'))).map((name) => here(join('ui', name)));
const scripts = ['iframe-sdk.js', 'ui-kit.js'].map((name) => here(join('../../src/gateway/browser', name)));
await mkdir(here('ui/dist'));
for (const file of [...sources, ...scripts]) await copyFile(file, here(join('ui/dist', basename(file))));

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
