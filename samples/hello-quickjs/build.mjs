// Builds dist/main.wasm from src/handler.js and what it imports.
import { componentize } from 'componentize-qjs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const entry = here('src/handler.js');

const { component } = await componentize({
  jsSource: await readFile(entry, 'utf8'),
  jsPath: entry,
  moduleRoot: here('src'),
  witPath: here('wit'),
  world: 'guest',
  // The platform refuses async components.
  sync: true,
});
await mkdir(here('dist'), { recursive: true });
await writeFile(here('dist/main.wasm'), component);
console.log(`dist/main.wasm: ${component.byteLength} bytes`);
