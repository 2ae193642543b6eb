import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import written from '../../fixtures/promises.json' with { type: 'json' };
import { cases, chapters } from '../chapters/index.ts';
import { chapter, should } from '../vocabulary/chapter.ts';
import { deaf } from '../vocabulary/liars.ts';
import { contractPage, uncovered, type Page, type PagePromise } from './promises.ts';

const page: Page = written;

describe('the page of the documentation', () => {
  test('each promise is judged, or has a reason why it cannot be', () => {
    expect(uncovered(page, chapters)).toEqual([]);
  });

  test('the sections are those of the documentation, in order', () => {
    expect(page.sections.map(({ heading }) => heading)).toEqual([
      'OpenAI Chat Completions (HTTP)',
      'Authentication',
      'Choosing an agent',
      'Model list and agent routing',
      'Enabling the endpoint',
      'Disabling the endpoint',
      'Session behavior',
      'Streaming (SSE)',
      'Security boundary (important)',
      'Agent-first model contract',
      'Request limits',
      'Supported request fields',
      'Chat tools contract',
      'Examples',
    ]);
  });

  test('CONTRACT.md is up to date; if not, run npm run contract', async () => {
    const text = await readFile(new URL('../../CONTRACT.md', import.meta.url), 'utf8');
    expect(text).toBe(contractPage(page, chapters));
  });

  test('CONTRACT.md has every requirement', () => {
    const text = contractPage(page, chapters);
    expect(cases.filter(({ id }) => !text.includes(`<a id="${id}"></a>`))).toEqual([]);
  });
});

const said = should('errors.shape.row', {
  says: 'an error names <its> type | kind',
  mustSince: '2026.5.28',
  until: '2026.9.6',
  needs: ['probe'],
  holds: async () => {},
  catches: { 'is *mute*': deaf, 'says <nothing>': deaf },
});
const errors = chapter('errors', 'Errors', { section: '#errors', cases: [said] });
const withPromise = (...promises: PagePromise[]): Page => ({
  page: page.page,
  sections: [{ heading: 'Errors', anchor: '#errors', promises }],
});

describe('uncovered', () => {
  test.each([['errors'], ['errors.shape'], ['errors.shape.row']])('%s names a requirement', (id) => {
    expect(uncovered(withPromise({ says: 'a promise', requirements: [id] }), [errors])).toEqual([]);
  });

  test.each([
    [{}, 'either requirements or the reason'],
    [{ requirements: [] }, 'either requirements or the reason'],
    [{ requirements: ['errors'], untold: 'both at once' }, 'either requirements or the reason'],
    [{ requirements: ['errors.shapes'] }, 'names errors.shapes, which is no requirement'],
  ])('a promise with %j is a fault', (rest, fault) => {
    const found = uncovered(withPromise({ says: 'a promise', ...rest }), [errors]);
    expect(found).toEqual([
      expect.stringContaining(`Errors: "a promise" ${fault.startsWith('e') ? 'needs ' : ''}${fault}`),
    ]);
  });

  test('a section without a promise and a chapter without a section are faults', () => {
    const { sections } = withPromise();
    expect(uncovered({ page: 'https://example.com/', sections }, [errors])).toEqual([
      `chapter errors: no section ${page.page}#errors`,
      'Errors: no promise',
    ]);
  });
});

describe('contractPage', () => {
  const text = contractPage(
    withPromise(
      { says: 'errors have a shape', requirements: ['errors.shape'] },
      { says: 'a secret', untold: 'hidden' },
    ),
    [errors],
  );

  test('a promise is shown with its requirements, or with the reason why it is not judged', () => {
    expect(text).toContain(
      '| errors have a shape | [errors.shape](#errors.shape) |\n| a secret | not judged: hidden |',
    );
  });

  test('a requirement is shown in one block, and no text of it is interpreted as Markdown', () => {
    const alone = { ...said, id: 'errors.shape' };
    expect(
      contractPage(withPromise(), [chapter('errors', 'Errors', { section: '#errors', cases: [alone] })]),
    ).toContain(
      `#### <a id="errors.shape"></a>\`errors.shape\`

**MUST** from 2026.5.28, SHOULD before · in force from 2026.1.29 until 2026.9.6 · [source](${page.page}#errors) · needs probe

an error names &lt;its> type \\| kind

Catches a gateway that

- is \\*mute\\*
- says &lt;nothing>
`,
    );
  });

  test('the rows of a table are one block: common facts once, others beside each row', () => {
    const { needs: _, ...rest } = said;
    const rows = [
      said,
      { ...rest, id: 'errors.shape.other', says: 'another', catches: { 'is *mute*': deaf, 'is late': deaf } },
    ];
    expect(contractPage(withPromise(), [chapter('errors', 'Errors', { section: '#errors', cases: rows })])).toContain(
      `#### <a id="errors.shape"></a>\`errors.shape\` (2)

**MUST** from 2026.5.28, SHOULD before · in force from 2026.1.29 until 2026.9.6 · [source](${page.page}#errors)

- <a id="errors.shape.row"></a>\`errors.shape.row\`: an error names &lt;its> type \\| kind · needs probe · catches a gateway that says &lt;nothing>
- <a id="errors.shape.other"></a>\`errors.shape.other\`: another · catches a gateway that is late

Catches a gateway that

- is \\*mute\\*
`,
    );
  });
});
