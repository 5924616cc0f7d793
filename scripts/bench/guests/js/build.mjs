// Builds dist/spidermonkey.wasm and dist/quickjs.wasm from handler.js, for the platform's own contract.
import { componentize as spidermonkey } from '@bytecodealliance/componentize-js';
import { componentize as quickjs } from 'componentize-qjs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const wit = here('../../../../src/kernel/wit');

const built = {
  spidermonkey: await spidermonkey({
    sourcePath: here('handler.js'),
    witPath: wit,
    worldName: 'runner',
    disableFeatures: ['stdio', 'http', 'fetch-event'],
  }),
  // The platform has async of the component model off: `sync`.
  quickjs: await quickjs({ jsSource: await readFile(here('handler.js'), 'utf8'), witPath: wit, world: 'runner', sync: true }),
};
await mkdir(here('dist'), { recursive: true });
for (const [name, { component }] of Object.entries(built)) await writeFile(here(`dist/${name}.wasm`), component);
