/** `npm run openapi`: writes `fixtures/openapi/<edition>.json`, after a shape, a trait or a table of them was changed. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { documents } from '../conformance/lab/openapi/document.ts';

const folder = new URL('../fixtures/openapi/', import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [edition, document] of documents()) {
  writeFileSync(new URL(`${edition}.json`, folder), JSON.stringify(document));
}
