import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import written from '../../fixtures/promises.json' with { type: 'json' };
import { cases, chapters } from '../chapters/index.ts';
import { chapter, should } from '../vocabulary/chapter.ts';
import { deaf } from '../vocabulary/liars.ts';
import { contractPage, uncovered, type Page, type PagePromise } from './promises.ts';

const page: Page = written;

describe('the page of the documentation', () => {
  it('is covered: each promise is judged, or has a reason why it cannot be', () => {
    expect(uncovered(page, chapters)).toEqual([]);
  });

  it('has the sections of the documentation, in order', () => {
    expect(page.sections.map(({ heading }) => heading)).toEqual([
      'OpenAI Chat Completions (HTTP)',
      'Authentication',
      'Choosing an agent',
      'Enabling the endpoint',
      'Disabling the endpoint',
      'Session behavior',
      'Streaming (SSE)',
      'Examples',
    ]);
  });

  it('is what CONTRACT.md says; if not, run npm run contract', async () => {
    const text = await readFile(new URL('../../CONTRACT.md', import.meta.url), 'utf8');
    expect(text).toBe(contractPage(page, chapters));
  });

  it('has room for every requirement', () => {
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
  it.each([['errors'], ['errors.shape'], ['errors.shape.row']])('takes %s for a requirement', (id) => {
    expect(uncovered(withPromise({ says: 'a promise', requirements: [id] }), [errors])).toEqual([]);
  });

  it.each([
    [{}, 'either requirements or the reason'],
    [{ requirements: [] }, 'either requirements or the reason'],
    [{ requirements: ['errors'], untold: 'both at once' }, 'either requirements or the reason'],
    [{ requirements: ['errors.shapes'] }, 'names errors.shapes, which is no requirement'],
  ])('finds a promise with %j', (rest, fault) => {
    const found = uncovered(withPromise({ says: 'a promise', ...rest }), [errors]);
    expect(found).toEqual([
      expect.stringContaining(`Errors: "a promise" ${fault.startsWith('e') ? 'needs ' : ''}${fault}`),
    ]);
  });

  it('finds a section without a promise, and a chapter without a section', () => {
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

  it('shows a promise with the requirement that judges it, or with the reason why it is not judged', () => {
    expect(text).toContain(
      '| errors have a shape | [errors.shape](#errors.shape) |\n| a secret | not judged: hidden |',
    );
  });

  it('shows all about a requirement in a block, and nothing in it is read as Markdown', () => {
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

  it('folds the rows of a table into one block: what they share once, what differs beside each', () => {
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
