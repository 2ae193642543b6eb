import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases, chapters } from '../chapters/index.ts';
import { DEFAULTS, type Target } from '../dial/target.ts';
import type { Judged } from '../judging/judge.ts';
import { verdictOf, type Ending } from '../judging/verdict.ts';
import type { Exchange } from '../wire/exchange.ts';
import { annotations } from './annotations.ts';
import { causesOf } from './causes.ts';
import { filesOf } from './files.ts';
import { reportOf } from './report.ts';
import { causesText, conclusion, findingText, releaseTable, table, unjudged } from './terminal.ts';

/** How a text may spell a secret that it gives away. */
const SPELLINGS: Record<string, (secret: string) => string> = {
  'as it is': (secret) => secret,
  'in JSON': (secret) => JSON.stringify({ token: secret }),
  'in JSON within JSON': (secret) => JSON.stringify({ body: JSON.stringify({ token: secret }) }),
  'in a URL': (secret) => `/v1?token=${encodeURIComponent(secret)}`,
  'in a URL, in lower case': (secret) => encodeURIComponent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
  'in a form': (secret) => new URLSearchParams({ token: secret }).toString(),
  'in HTML': escaped,
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64url': (secret) => Buffer.from(secret).toString('base64url'),
  'behind a scheme': (secret) => `Bearer ${secret}`,
  'as a password': (secret) => `Basic ${Buffer.from(`kit:${secret}`).toString('base64')}`,
  'in the middle of words': (secret) => `x${secret}y`,
  'many times': (secret) => secret.repeat(50),
  'in a text too long to be shown': (secret) => 'x'.repeat(390) + secret,
  'in a text too long to be sent again': (secret) => 'x'.repeat(3992) + secret,
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Where a report gets its texts from. */
const PLACES = [
  'ending',
  'waiver',
  'url',
  'header',
  'asked',
  'type',
  'answered',
  'streamed',
  'target',
  'agent',
] as const;
type Place = (typeof PLACES)[number];

/** What is written of one case of every ending, with a text planted in one place. */
function rendered(place: Place, planted: string, credential: string): Record<string, string> {
  const at = (here: Place): string => (here === place ? planted : 'nothing');
  const target: Target = {
    ...DEFAULTS,
    name: at('target'),
    agents: ['main', at('agent')],
    deployments: [
      { name: 'none', baseUrl: 'http://127.0.0.1:1', auth: 'none', credential: undefined },
      { name: 'token', baseUrl: 'http://127.0.0.1:2', auth: 'token', credential },
    ],
  };
  const endings: readonly Ending[] = [
    { kind: 'violated', expected: at('ending'), got: at('ending') },
    { kind: 'held', observed: at('ending') },
    { kind: 'errored', reason: at('ending') },
    { kind: 'not-applicable', reason: 'not-declared', detail: at('ending') },
  ];
  const known = { id: '', reason: at('waiver'), dated: '2026-11-22', message: at('waiver') };
  const judged = [undefined, known].flatMap((waiver, half) =>
    (['MUST', 'SHOULD', 'NOTE'] as const).flatMap((level, third) =>
      endings.map((ending, fourth): Judged => {
        const { id, chapter } = cases[12 * half + 4 * third + fourth]!;
        const seen = { durationMs: 1, requests: 1, transcript: [exchange(at)] };
        return { id, chapter, level, ending, ...seen, ...verdictOf(ending, level, waiver) };
      }),
    ),
  );
  const found = reportOf(judged, target, cases, { version: '0', filtered: false });
  const { report, findings } = found;
  return {
    ...filesOf(report),
    annotations: annotations(report),
    terminal: [
      ...findings.map((finding) => findingText(finding, 'again')),
      causesText(causesOf(report), report, () => 'again'),
      unjudged(report),
      table(report, chapters),
      releaseTable([report], true),
      conclusion(report),
    ].join('\n'),
  };
}

function exchange(at: (place: Place) => string): Exchange {
  const streamed = at('streamed');
  return {
    request: {
      method: 'POST',
      // What stands behind a # is never sent.
      url: `http://127.0.0.1:2/v1/chat/completions?${at('url').replaceAll('#', '%23')}`,
      headers: [['x-kit', at('header')]],
      body: at('asked'),
    },
    status: 200,
    // A header's value has no line ends and no character beyond a byte.
    headers: new Headers({
      'content-type': `${/^[ -~]*$/.test(at('type')) ? at('type') : ''} text/event-stream`.trim(),
    }),
    beganAt: 1_795_347_791_000,
    headersAt: 1,
    pieces: [{ at: 2, bytes: new TextEncoder().encode(`data: ${streamed}\n\n${at('answered')}`) }],
    end: 'complete',
    endedAt: 3,
    body: at('answered'),
  };
}

test('no secret of any form is in any format of a report, wherever a gateway sends it', { timeout: 60_000 }, () => {
  const character = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...'abcdefXYZ0123456789'.split('')) },
    { weight: 2, arbitrary: fc.constantFrom(...'-_.+/=$&<>"\'\\ %#|`*'.split('')) },
    { weight: 1, arbitrary: fc.constantFrom('é', '漢', '😀') },
  );
  // No blanks at the ends: a header would lose them. A prefix and a suffix keep it from occurring by chance.
  const secrets = fc.string({ unit: character, minLength: 6, maxLength: 40 }).map((text) => `k1T${text}z`);
  const spellings = fc.constantFrom(...Object.keys(SPELLINGS));
  fc.assert(
    fc.property(secrets, spellings, fc.constantFrom(...PLACES), (secret, spelling, place) => {
      const formats = rendered(place, SPELLINGS[spelling]!(secret), secret);
      const given = Object.values(SPELLINGS)
        .slice(0, 10)
        .map((spell) => spell(secret).replace(/^.*token=|^\{.*?:"|"?\}$/g, ''));
      const shapes = new Set([...given, ...given.map(escaped), secret.slice(0, 10)]);
      const survived = Object.entries(formats).flatMap(([format, text]) =>
        [...shapes].filter((shape) => text.includes(shape)).map((shape) => `${format}: ${shape}`),
      );
      expect(survived, place).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('no piece of a secret that a stream splits is in any format of a report', () => {
  const secret = 'k1T-torn-5f8e21c7-d09b4a36-93z';
  for (const size of [1, 3, 8]) {
    const pieces = Array.from({ length: Math.ceil(secret.length / size) }, (_, at) =>
      secret.slice(at * size).slice(0, size),
    );
    const frames = pieces.map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] }));
    const formats = rendered('streamed', frames.join('\n\ndata: '), secret);
    for (const [format, text] of Object.entries(formats)) {
      const left = pieces.filter((piece) => new RegExp(`content[^a-z]{1,20}${piece}["\\\\&]`).test(text));
      expect(left, `${format}, ${size} at a time`).toEqual([]);
    }
    expect(formats['report.json']).toContain('[redacted]');
  }
});
