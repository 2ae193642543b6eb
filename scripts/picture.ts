/** `npm run picture -- DIR`: writes the README's screenshot of a published page, `DIR/index.html`. */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { browse } from '../conformance/testing/browser.ts';

const [folder = 'public'] = process.argv.slice(2);
const browser = await browse();
try {
  const page = await browser.newPage({ viewport: { width: 1260, height: 720 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(resolve(folder, 'index.html')).href);
  await page.getByRole('radio', { name: 'Failed' }).check({ force: true });
  await page.screenshot({ path: fileURLToPath(new URL('../.github/report.png', import.meta.url)) });
} finally {
  await browser.close();
}
