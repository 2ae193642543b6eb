/** `npm run costs`: measures and writes `fixtures/costs.json`, after a case was added or changed. */
import { readFile, writeFile } from 'node:fs/promises';
import { measureCosts } from '../conformance/lab/costs.ts';

const file = new URL('../fixtures/costs.json', import.meta.url);
const written = JSON.parse(await readFile(file, 'utf8')) as object;
await writeFile(file, JSON.stringify({ ...written, cases: await measureCosts() }));
