/**
 * The page in a real browser, Debian's chromium; where there is none, the test is skipped and says so. Screenshots are
 * written to `out/`.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ending } from '../../judging/verdict.ts';
import { ATTACKS } from '../../testing/attacks.ts';
import { CHROMIUM, browse } from '../../testing/browser.ts';
import { exampleReport, hostileReport } from '../../testing/example.ts';
import { hurtGroups, hurtText } from '../hurt-clients.ts';
import { masked } from '../masks.ts';
import type { Report } from '../report.ts';
import { html } from './html.ts';

const out = fileURLToPath(new URL('../../../out/', import.meta.url));

const violated = (got: string): Ending => ({ kind: 'violated', expected: 'a finish chunk', got });
const releases = ['2026.1.29', '2026.3.24', '2026.7.1', '2026.9.6'];
const reports: Report[] = releases.map((edition) =>
  exampleReport({
    edition,
    endings: {
      'streaming.done': violated(`no sentinel at ${edition}`),
      ...(edition === '2026.9.6' && { 'streaming.sdk': violated('an error'), 'agents.default': violated('400') }),
    },
  }),
);

if (!existsSync(CHROMIUM)) {
  // oxlint-disable-next-line no-console
  console.warn(`Skipped the page of reports in a browser: expected ${CHROMIUM}, got none. apt-get install chromium.`);
}

describe.skipIf(!existsSync(CHROMIUM))(`the page of reports in ${CHROMIUM}`, { timeout: 60_000 }, () => {
  let browser: Browser;
  let folder: string;
  let page: Page;
  /** What the console said, what was thrown, and what was asked of any network. */
  let complaints: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    await mkdir(out, { recursive: true });
    browser = await browse();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  const open = async (
    shown: readonly Report[],
    hash = '',
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<void> => {
    const file = join(folder, 'page.html');
    await writeFile(file, html(shown.map(masked)));
    page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(`a request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href + hash);
  };
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  const visible = (): Promise<string[]> =>
    page.locator('tr.requirement:visible').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')!));
  const count = (): Promise<string> => page.locator('output').innerText();

  test('the page shows requirements down, targets across, and a glyph for every verdict', async () => {
    await open(reports, '#?show=all');
    expect(await page.locator('thead th').allInnerTexts()).toEqual(['Requirement', ...releases]);
    expect(await visible()).toEqual(reports[0]!.cases.map(({ id }) => id));
    const marks = page.locator('tr[data-id="streaming.done"] td');
    expect(await marks.allInnerTexts()).toEqual(['✗', '✗', '✗', '✗']);
    expect(await page.locator('tr[data-id="agents.default"] td').allInnerTexts()).toEqual(['-', '✓', '✓', '✗']);
  });

  test('the page filters by failure, change, chapter and level, and searches', async () => {
    await open(reports);
    expect(await visible(), 'something failed: it opens on that').toEqual([
      'agents.default',
      'streaming.done',
      'streaming.sdk',
    ]);
    await page.getByRole('radio', { name: 'Failed' }).check({ force: true });
    expect(await visible()).toEqual(['agents.default', 'streaming.done', 'streaming.sdk']);
    await page.getByRole('radio', { name: 'Changed' }).check({ force: true });
    expect(await visible()).toEqual(['agents.default', 'streaming.sdk']);
    await page.getByLabel('chapter').selectOption('streaming');
    expect(await visible()).toEqual(['streaming.sdk']);
    expect(await count()).toMatch(/^1 of \d+$/);
    await page.getByLabel('level').selectOption('NOTE');
    expect(await visible()).toEqual([]);
    await page.getByLabel('level').selectOption('');
    await page.getByLabel('chapter').selectOption('');
    await page.getByRole('radio', { name: 'All' }).check({ force: true });
    await page.getByRole('searchbox').fill('NO SENTINEL at 2026.7');
    expect(await visible()).toEqual(['streaming.done']);
  });

  test('the page works by keyboard alone: search, move, open, next target, close with the focus restored', async () => {
    await open(reports, '#?show=all');
    await page.keyboard.press('/');
    await page.keyboard.type('streaming.s');
    // From the search over the radio buttons and two lists into the table: one stop each.
    for (let stop = 0; stop < 4; stop++) await page.keyboard.press('Tab');
    const focused = (): Promise<string> => page.evaluate(`document.activeElement.getAttribute('aria-label')`);
    expect(await focused()).toMatch(/^streaming\.sdk, 2026\.1\.29: /);
    await page.keyboard.press('End');
    expect(await focused()).toBe('streaming.sdk, 2026.9.6: fail');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^streaming\.sdk-helper, 2026\.9\.6/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('MUST · streaming · 2026.9.6');
    await page.keyboard.press('ArrowLeft');
    expect(await dialog.innerText()).toContain('streaming · 2026.7.1');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await focused()).toBe('streaming.sdk, 2026.9.6: fail');
  });

  test('the dialog of a cell shows the promise, the request, expected and got, the time of each frame, and the clients that break', async () => {
    await open([exampleReport({ endings: { 'streaming.finish': violated('[]') } })]);
    await page.locator('tr[data-id="streaming.finish"] td.why').click();
    const text = await page.getByRole('dialog').innerText();
    for (const part of [
      'a finish chunk',
      '[]',
      'POST /v1/chat/completions',
      'OpenCode',
      hurtText(hurtGroups('streaming.finish')[0]!),
      'curl -sS',
      '127.0.0.1:18789',
    ]) {
      expect(text).toContain(part);
    }
    const source = page.getByRole('link', { name: 'Source' });
    expect(await source.getAttribute('href')).toContain('https://');
    const frames = page.locator('li.came:has(time:not(:empty))');
    const times = await frames.locator('time').allInnerTexts();
    expect(times).toEqual(['40', '120', '160', '200']);
    const dots = await frames
      .locator('i')
      .evaluateAll((elements) =>
        elements.map((dot) => Number.parseFloat((dot as unknown as { style: { left: string } }).style.left)),
      );
    expect(dots).toEqual(times.map((time) => expect.closeTo((100 * Number(time)) / 201, 1) as number));
  });

  test('the address opens its cell, and follows the open cell', async () => {
    await open(reports, '#streaming.done@2026.7.1');
    expect(await page.getByRole('dialog').innerText()).toContain('no sentinel at 2026.7.1');
    await page.keyboard.press('ArrowRight');
    // Asked in the page: what playwright takes for the address comes later than the page's own.
    expect(await page.evaluate('location.hash')).toBe('#streaming.done@2026.9.6');
  });

  test('the filters are in the address, and the address sets them', async () => {
    await open(reports);
    await page.getByRole('radio', { name: 'Changed' }).check({ force: true });
    await page.getByLabel('chapter').selectOption('streaming');
    await page.getByRole('searchbox').fill('sdk & co');
    expect(await page.evaluate('location.hash')).toBe('#?search=sdk+%26+co&show=changed&chapter=streaming');
    await page.getByRole('searchbox').fill('sdk');
    await page.locator('tr[data-id="streaming.sdk"] td').last().click();
    const hash = await page.evaluate<string>('location.hash');
    expect(hash).toBe('#streaming.sdk@2026.9.6?search=sdk&show=changed&chapter=streaming');
    await page.close();
    await open(reports, hash);
    expect(await page.getByRole('dialog').innerText()).toContain('streaming · 2026.9.6');
    await page.keyboard.press('Escape');
    expect(await visible()).toEqual(['streaming.sdk']);
    await page.evaluate("location.hash = '#?show=nothing&chapter=nowhere'");
    await page.waitForFunction("document.querySelectorAll('tr.requirement:not([hidden])').length === 3");
  });

  test('the page of one target opens on all when nothing failed, and says what was judged, where and when', async () => {
    await open([{ ...exampleReport(), began: '2026-11-28T03:00:00.000Z' }]);
    expect((await visible()).length).toBe(exampleReport().cases.length);
    const header = await page.locator('main header').innerText();
    for (const said of ['http://127.0.0.1:', 'edition 2026.', 'profile openclaw', '2026-11-28', 'suite ']) {
      expect(header).toContain(said);
    }
  });

  test.each([1280, 700, 390])(
    'the page of one target uses a width of %d and has no horizontal scroll bar',
    async (width) => {
      await open([exampleReport({ endings: { 'streaming.done': violated('nothing '.repeat(20)) } })], '', {
        viewport: { width, height: 800 },
      });
      await page.screenshot({ path: join(out, `report-one-${width}.png`) });
      const box = (await page.locator('table').boundingBox())!;
      expect(box.width).toBeGreaterThan(0.96 * width);
      expect(await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")).toBe(true);
      const row = page.locator('tr[data-id="streaming.done"]');
      expect(await row.locator('.why').isVisible()).toBe(width > 640);
      if (width > 640) expect(await row.innerText()).toMatch(/got nothing nothing[^]*\d+ ms$/);
      expect(await page.locator('.legend').isVisible()).toBe(true);
      expect((await page.locator('.legend').boundingBox())!.y).toBeLessThan(800);
    },
  );

  test('an address with malformed percent-encoding opens no cell and throws no error', async () => {
    await open(reports, '#%');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await page.evaluate("location.hash = '#streaming.done@2026.7.1'");
    await page.getByRole('dialog').waitFor();
  });

  test('foreign markup is shown as text', async () => {
    await open([hostileReport(), exampleReport()], '#?show=all');
    for (const id of ['streaming.done', 'streaming.role-first', 'errors.retries', 'completions.text']) {
      await page.locator(`tr[data-id="${id}"] td`).first().click();
      expect(await page.getByRole('dialog').innerText()).toContain('<script>alert(1)</script>');
      await page.keyboard.press('Escape');
    }
    expect(await page.locator('img').count()).toBe(0);
  });

  const markup = Object.entries(ATTACKS).filter(([, attack]) => attack.includes('PWNED=1'));
  const all = Object.values(ATTACKS).join(' ').toWellFormed();
  test.each([...markup, ['all at once', all]])(
    'no script of a report runs, and nothing is loaded: %s',
    async (_, attack) => {
      // As `reportOf` gives it, and as a forged report has it: in every text, and not made printable.
      const forged = hostileReport();
      const raw: Report = {
        ...forged,
        target: { ...forged.target, name: attack, baseUrl: `javascript:${attack}`, agents: [attack] },
        suite: { ...forged.suite, version: attack },
        cases: forged.cases.map((one) => ({
          ...one,
          ...(one.id === 'streaming.finish' && { chapter: attack }),
          reason: attack,
          says: attack,
          source: `javascript:globalThis.PWNED=1//${attack}`,
          ...(one.evidence && {
            evidence: { ...one.evidence, exchanges: [[{ at: 0, side: 'came', text: attack }]], curl: attack },
          }),
        })),
      };
      await open([hostileReport(attack), raw], `#streaming.done@${encodeURIComponent(attack)}?show=all`);
      await page.keyboard.press('Escape');
      for (const id of ['streaming.done', 'streaming.role-first', 'errors.retries', 'completions.text']) {
        for (const at of [0, 1]) {
          await page.locator(`tr[data-id="${id}"] td.cell`).nth(at).click();
          const dialog = page.getByRole('dialog');
          expect(await dialog.locator('a:not([href^="https:"])').count()).toBe(0);
          for (const button of await dialog.getByRole('button').all()) await button.hover();
          await page.keyboard.press('Escape');
        }
      }
      expect(await page.evaluate('[globalThis.PWNED, document.title.startsWith("PWNED")]')).toEqual([undefined, false]);
      expect(await page.locator('img, iframe, object, embed, [onmouseover], [onerror]').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(2);
    },
  );

  test('the header row and the requirements stay visible while scrolling', async () => {
    await open(
      Array.from({ length: 20 }, () => reports)
        .flat()
        .slice(0, 20),
      '#?show=all',
      { viewport: { width: 390, height: 844 } },
    );
    await page.locator('tr.requirement td').last().scrollIntoViewIfNeeded();
    const box = async (selector: string): Promise<{ x: number; y: number }> =>
      (await page.locator(selector).first().boundingBox())!;
    expect(await box('thead th')).toMatchObject({ x: 0, y: 0 });
    expect((await box('tr.requirement:last-child th')).x).toBe(0);
    expect((await box('form')).x).toBe(0);
  });

  test('a search over 20 targets takes less than 500 ms', async () => {
    await open(
      Array.from({ length: 20 }, () => reports)
        .flat()
        .slice(0, 20),
      '#?show=all',
    );
    const ms = await page.evaluate<number>(`(() => {
      const began = performance.now();
      const search = document.querySelector('input[type=search]');
      search.value = 'finish';
      search.dispatchEvent(new Event('input', { bubbles: true }));
      document.body.getBoundingClientRect();
      return performance.now() - began;
    })()`);
    expect(await visible()).toContain('streaming.finish');
    expect(ms).toBeLessThan(500);
  });

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 844 } }],
  ] as const)('a screenshot is in out/report-%s.png', async (name, options) => {
    await open(reports, '', options);
    await page.screenshot({ path: join(out, `report-${name}.png`) });
    await page.locator('tr[data-id="streaming.done"] td').last().click();
    await page.getByRole('dialog').waitFor();
    await page.screenshot({ path: join(out, `report-${name}-open.png`), animations: 'disabled' });
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(name === 'dark' ? 'rgb(22, 23, 26)' : 'rgb(253, 252, 250)');
    // Nothing stands out of a phone's screen but the table, which scrolls in its box.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});
