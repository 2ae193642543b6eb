import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFor, nodesHere } from './nodes.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kit-nodes-'));
});
afterEach(() => rm(home, { recursive: true }));

const OWN = { path: process.execPath, version: process.versions.node };

async function program(path: string, says: string): Promise<string> {
  const file = join(home, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${says}\n`);
  await chmod(file, 0o755);
  return file;
}

test('the kit’s own Node comes first, then those of the PATH and of version managers, newest first', async () => {
  const onPath = await program('bin/node', 'echo v22.19.0');
  const managed = await program('.nvm/versions/node/v26.1.0/bin/node', 'echo v26.1.0');
  await mkdir(join(home, 'twice'));
  await symlink(onPath, join(home, 'twice/node'));
  const PATH = [join(home, 'bin'), join(home, 'twice'), join(home, 'nothing')].join(':');
  expect(nodesHere({ PATH, HOME: home })).toEqual([
    OWN,
    { path: managed, version: '26.1.0' },
    { path: onPath, version: '22.19.0' },
  ]);
});

test('a program that does not print a version is ignored', async () => {
  await program('bin/node', 'exit 1');
  await program('.nvm/versions/node/odd/bin/node', 'echo hello');
  expect(nodesHere({ PATH: join(home, 'bin'), HOME: home })).toEqual([OWN]);
});

test('the first Node in the range is taken; without one, the error lists the range and the Nodes', () => {
  const nodes = [
    { path: '/a/node', version: '24.21.0' },
    { path: '/b/node', version: '22.19.0' },
  ];
  expect(nodeFor('>=22.12', nodes)).toBe(nodes[0]);
  expect(nodeFor('>=22.22.3 <23 || 22.19', nodes)).toBe(nodes[1]);
  expect(() => nodeFor('>=26.1', nodes)).toThrow(
    'expected Node >=26.1, got 24.21.0 (/a/node), 22.19.0 (/b/node). Put such a Node on the PATH.',
  );
});
