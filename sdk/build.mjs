// build.mjs [folder]: checks the types, then writes each script, minified, and its declarations to ../src/gateway/browser or the folder.
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const LIMITS = { 'host-bridge': 4096, 'iframe-sdk': 4096, 'iframe-sdk-react': 1024, 'ui-kit': 30 * 1024 }; // bytes, gzipped
const sourceOf = (name) => (name === 'iframe-sdk-react' ? 'iframe-sdk/react' : `${name}/index`);

const out = process.argv[2] ? resolve(process.argv[2]) : fileURLToPath(new URL('../src/gateway/browser', import.meta.url));
process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const tsc = (...options) => execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...options], { stdio: 'inherit' });

const styles = {
  name: 'the text of style sheets, minified',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, target: 'es2022' });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

const beside = {
  name: 'the hooks import iframe-sdk.js beside them, so that a page has one bridge',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/index\.js$/ }, ({ importer }) =>
      importer.endsWith('/iframe-sdk/react.ts') ? { path: './iframe-sdk.js', external: true } : undefined,
    );
  },
};

await rm(out, { recursive: true, force: true });
tsc('--project', '.', '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', join(out, 'types'));
await build({
  entryPoints: Object.keys(LIMITS).map((name) => ({ in: `${sourceOf(name)}.ts`, out: name })),
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  external: ['react'],
  plugins: [styles, beside],
  banner: { js: '// Built from sdk/: scripts/gen_sdk' },
});
for (const [name, limit] of Object.entries(LIMITS)) {
  await writeFile(join(out, `${name}.d.ts`), `export * from './types/${sourceOf(name)}.js';\n`);
  const size = gzipSync(await readFile(join(out, `${name}.js`)), { level: 9 }).length;
  console.log(`${name}.js: ${size} bytes gzipped, of ${limit}`);
  if (size > limit) process.exitCode = 1;
}
