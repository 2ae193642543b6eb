/** `npm run costs`: writes `fixtures/costs.json` anew, after a case was added or changed. */
import { readFile, writeFile } from 'node:fs/promises';
import { measureCosts } from '../conformance/lab/costs.ts';

const file = new URL('../fixtures/costs.json', import.meta.url);
const { about } = JSON.parse(await readFile(file, 'utf8')) as { about: string };
const lines = Object.entries(await measureCosts()).map(
  ([id, [requests, runs]]) => `    "${id}": [${requests}, ${runs}]`,
);
await writeFile(file, `{\n  "about": ${JSON.stringify(about)},\n  "cases": {\n${lines.join(',\n')}\n  }\n}\n`);
