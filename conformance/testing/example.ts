/** For tests of formats: reports on the real requirements with invented endings, and a secret in every foreign text. */
import { cases } from '../chapters/index.ts';
import { KEY_HEADER } from '../dial/headers.ts';
import { DEFAULTS, type Target } from '../dial/target.ts';
import { inForce } from '../editions.ts';
import type { Judged } from '../judging/judge.ts';
import { verdictOf, type Ending } from '../judging/verdict.ts';
import type { Waiver } from '../judging/waivers.ts';
import { reportOf, type Report } from '../reports/report.ts';
import { levelAt } from '../vocabulary/chapter.ts';
import type { Exchange } from '../wire/exchange.ts';

/** No output may contain any of it. */
export const SECRET = 'planted "Secret" <&> 7f3a';
/** The secret as a cut leaves it. */
export const CUT_SECRET = `${SECRET.slice(0, 15)}… (400 characters)`;

/** Everything that a format has to escape, with the secret twice. */
export const HOSTILE = [
  SECRET,
  CUT_SECRET,
  '</script><script>alert(1)</script>',
  '<!-- <img src=x onerror=alert(1)> ]]> &amp; "double" \'single\'',
  '| a | b |',
  '``` ```` [link](javascript:alert(1))',
  '%0A::error::injected',
  '\u0000\u0001\u001b[31m\u007f\ufffe\ud800 \r\n\t end',
].join(' ');

interface Made {
  /** Default: openclaw and the edition. */
  readonly name?: string;
  readonly edition?: string;
  /** By requirement; all others in force hold. */
  readonly endings?: Readonly<Record<string, Ending>>;
  readonly waivers?: readonly Waiver[];
  readonly filtered?: boolean;
  /** Included in every exchange. Default: `HOSTILE`. */
  readonly text?: string;
}

/** A report on every requirement of an edition. */
export function exampleReport({ edition = DEFAULTS.edition, ...made }: Made = {}): Report {
  const target: Target = {
    ...DEFAULTS,
    name: made.name ?? `openclaw ${edition}`,
    edition,
    deployments: [{ name: 'token', baseUrl: 'http://127.0.0.1:40001', auth: 'token', credential: SECRET }],
  };
  const judged = cases.map((one): Judged => {
    const level = levelAt(one, target);
    const ending: Ending = inForce(one, edition)
      ? (made.endings?.[one.id] ?? { kind: 'held' })
      : {
          kind: 'not-applicable',
          reason: 'not-in-force',
          detail: `from ${one.since} ${one.until ? `until ${one.until}` : 'on'}`,
        };
    const waiver = made.waivers?.find(({ id }) => id === one.id);
    const { id, chapter } = one;
    // Raw connections have bytes as characters (latin1).
    const { text = HOSTILE } = made;
    const bytes = Buffer.from(text).toString('latin1');
    const reply = { bytes, end: 'closed', ms: 3 } as const;
    const raws = [{ sent: `GET / HTTP/1.1\r\nX: ${bytes}`, reply, url: 'http://127.0.0.1/', beganAt: 0 }];
    const seen = {
      durationMs: 12,
      transcript: [exchange(id === 'authentication.wrong' ? 'wrong-on-purpose' : SECRET, text)],
      ...(id === 'streaming.long' && { raws }),
      requests: 1,
    };
    return { id, chapter, level, ending, ...seen, ...verdictOf(ending, level, waiver) };
  });
  return reportOf(judged, target, cases, { version: '0.0.0', filtered: made.filtered ?? false }).report;
}

/** A report with every verdict, and a hostile text in each. */
export function hostileReport(text = HOSTILE): Report {
  const violated: Ending = { kind: 'violated', expected: `something else than ${text}`, got: text };
  const waiver = { reason: `known: ${text}`, dated: '2026-11-22' };
  return exampleReport({
    text,
    name: `gateway ${text}`,
    endings: {
      'streaming.done': violated,
      'streaming.finish': violated,
      'streaming.long': violated,
      'sessions.user-case': violated,
      'streaming.sdk': violated,
      'errors.retries': { kind: 'held', observed: text },
      'streaming.role-first': { kind: 'errored', reason: text },
      'completions.json': { kind: 'unobserved' },
      'completions.text': { kind: 'not-applicable', reason: 'not-declared', detail: text },
    },
    waivers: ['streaming.sdk', 'completions.object'].map((id) => ({ ...waiver, id }) as Waiver),
  });
}

/** A stream of two chunks and `[DONE]`. */
function exchange(secret: string, text: string): Exchange {
  const piece = (at: number, data: string): { at: number; bytes: Uint8Array } => ({
    at,
    bytes: new TextEncoder().encode(`data: ${data}\n\n`),
  });
  const chunk = (content: string): string =>
    JSON.stringify({
      id: 'chatcmpl_0b0f9b7e-6d0c-4f0e-9a54-2f3c1f1c1a11',
      created: 1795347791,
      choices: [{ content }],
    });
  const pieces = [piece(120.04, chunk('Hel')), piece(160, chunk(`lo ${text}`)), piece(200, '[DONE]')];
  return {
    request: {
      method: 'POST',
      url: `http://127.0.0.1:40001/v1/chat/completions?key=${encodeURIComponent(SECRET)}`,
      headers: [
        ['authorization', `Bearer ${secret}`],
        [KEY_HEADER, text],
        ['x-stainless-os', 'Linux'],
      ],
      body: JSON.stringify({ model: 'openclaw:main', messages: [{ role: 'user', content: text }] }),
    },
    status: 200,
    headers: new Headers({ 'content-type': 'text/event-stream' }),
    beganAt: 1_795_347_791_000,
    headersAt: 40,
    pieces,
    end: 'complete',
    endedAt: 201,
    body: pieces.map(({ bytes }) => new TextDecoder().decode(bytes)).join(''),
  };
}
