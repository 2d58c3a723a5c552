// runner/ -> dist/: one ESM bundle in lazy chunks, and the types of tsrun/module. Run by `prepare`, so also by `npm ci`.
import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const root = dirname(import.meta.dirname);
const { argsOf, validatorText } = await import('./validators.mjs').catch(() => ({}));
const esbuild = await import('esbuild').catch(() => undefined);
if (!esbuild) {
  console.error(
    'tsrun: dist/ is not built, since esbuild is not installed (npm ci --omit=dev). Run "npm ci" for a checkout that works.',
  );
  process.exit(0);
}

/** modules/index.ts reads its folder in development; in the bundle it gets the list, a chunk for all modules. */
const moduleTable = {
  name: 'module-table',
  setup(build) {
    const folder = join(root, 'runner/modules');
    build.onLoad({ filter: /runner\/modules\/index\.ts$/ }, async ({ path }) => {
      const files = (await readdir(folder)).filter(file => file.endsWith('.ts') && file !== 'index.ts');
      const rows = files.sort().map(file => `${JSON.stringify(file.slice(0, -3))}: () => import('whole:${file}')`);
      const text = await readFile(path, 'utf8');
      return { contents: `const TSRUN_MODULES = {${rows.join(', ')}};\n${text}`, loader: 'ts', resolveDir: folder };
    });
    // A module comes with the validator of its arguments, so that ajv stays at home.
    build.onResolve({ filter: /^(whole|validator):/ }, ({ path }) => ({ path, namespace: 'tsrun-module' }));
    build.onLoad({ filter: /^whole:/, namespace: 'tsrun-module' }, ({ path }) => {
      const file = path.slice('whole:'.length);
      const contents = `import { module } from './${file}';
import validate from 'validator:${file}';
import { adoptValidator } from '../core/schema.ts';
adoptValidator(module.args, validate);
export { module };`;
      return { contents, loader: 'js', resolveDir: folder };
    });
    build.onLoad({ filter: /^validator:/, namespace: 'tsrun-module' }, async ({ path }) => {
      const args = await argsOf(join(folder, path.slice('validator:'.length)));
      return { contents: validatorText(args), loader: 'js', resolveDir: root };
    });
  },
};

/** What the sources require late, by `createRequire(import.meta.url)('x')`, comes into the bundle too, and stays late. */
const lateParts = {
  name: 'late-parts',
  setup(build) {
    build.onLoad({ filter: /runner\/(core\/schema|language\/template)\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('createRequire(import.meta.url)(', 'require('), loader: 'ts' };
    });
  },
};

/** ssh2's optional native part stays where npm built it; without it ssh2 goes on in JavaScript. */
const nativeParts = {
  name: 'native-parts',
  setup(build) {
    build.onResolve({ filter: /\.node$/ }, ({ path, importer }) => ({
      path: join(relative(join(root, 'node_modules'), dirname(importer)), path),
      external: true,
    }));
  },
};

const result = await esbuild
  .build({
    absWorkingDir: root,
    entryPoints: { main: 'runner/main.ts', module: 'runner/module.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    // zx is wanted by local connections alone, cpu-features is optional.
    external: ['zx', 'zx/core', 'cpu-features'],
    // What was CommonJS in the bundle asks for these.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    },
    plugins: [moduleTable, lateParts, nativeParts],
    metafile: true,
    logLevel: 'warning',
  })
  // It has told what is wrong.
  .catch(() => process.exit(1));

const tsc =
  'runner/module.ts --ignoreConfig --declaration --emitDeclarationOnly --outDir dist/types --module nodenext --target es2023 ' +
  '--strict --skipLibCheck --types node --allowImportingTsExtensions --rewriteRelativeImportExtensions';
const types = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...tsc.split(' ')], {
  cwd: root,
  stdio: 'inherit',
});
if (types.status !== 0) process.exit(1);
// Written over, then tidied: a tsrun that starts meanwhile finds a whole dist/.
const kept = new Set(Object.keys(result.metafile.outputs));
const all = await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true });
for (const entry of all.filter(one => one.isFile())) {
  const path = relative(root, join(entry.parentPath, entry.name));
  if (!kept.has(path) && !path.startsWith(join('dist', 'types'))) await rm(join(root, path));
}
await chmod(join(root, 'dist/main.js'), 0o755);
// In a checkout `npx tsrun` means this one; npm links the programs of dependencies alone.
const link = join(root, 'node_modules/.bin/tsrun');
await rm(link, { force: true });
await symlink('../../dist/main.js', link);
const size = Object.entries(result.metafile.outputs).reduce(
  (sum, [path, out]) => (path.endsWith('.map') ? sum : sum + out.bytes),
  0,
);
console.log(`dist/: ${kept.size / 2} files, ${Math.round(size / 1024)} KB`);
