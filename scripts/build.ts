/** `npm pack` and `npm publish`: the compiled package in `dist`, with what its files read where they look for it. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

// Only in JavaScript does TypeScript rewrite the extensions of what is imported.
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.d.ts')) continue;
  const path = join(dist, file);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(\bfrom |\bimport\()'(\.[^']*)\.ts'/g, "$1'$2.js'"));
}

for (const folder of ['fixtures', 'conformance/reports/page']) {
  cpSync(join(root, folder), join(dist, folder), { recursive: true, filter: (file) => !file.endsWith('.ts') });
}

// The scripts read their version here; the rest of the file is for those who work on the kit.
const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
