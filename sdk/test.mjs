// test.mjs: checks the types of the tests and runs them in Node.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const node = (...options) => execFileSync(process.execPath, options, { stdio: 'inherit' });
const out = await mkdtemp(join(tmpdir(), 'sdk-tests-'));
try {
  node('node_modules/typescript/bin/tsc', '--project', 'tests');
  const entryPoints = readdirSync('tests').filter((name) => name.endsWith('.test.ts')).map((name) => `tests/${name}`);
  await build({ entryPoints, outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', platform: 'node', target: 'node20' });
  node('--test', ...readdirSync(out).map((name) => join(out, name)));
} finally {
  await rm(out, { recursive: true });
}
