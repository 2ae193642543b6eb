/** `npm run contract`: writes `CONTRACT.md` anew. */
import { writeFile } from 'node:fs/promises';
import page from '../fixtures/promises.json' with { type: 'json' };
import { chapters } from '../conformance/chapters/index.ts';
import { contractPage } from '../conformance/page.ts';
import type { Page } from '../conformance/page.ts';

await writeFile(new URL('../CONTRACT.md', import.meta.url), contractPage(page as Page, chapters));
