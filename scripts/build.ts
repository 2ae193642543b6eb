/** `npm pack` and `npm publish`: writes the compiled package to `dist`, with the data files that it reads at run time. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

// TypeScript rewrites the extensions of imports in JavaScript, but not in declaration files.
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.d.ts')) continue;
  const path = join(dist, file);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(\bfrom |\bimport\()'(\.[^']*)\.ts'/g, "$1'$2.js'"));
}

for (const folder of ['fixtures', 'conformance/reports/html']) {
  cpSync(join(root, folder), join(dist, folder), { recursive: true, filter: (file) => !file.endsWith('.ts') });
}

// The scripts read the version here; the other fields are for development.
const { name, version, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
