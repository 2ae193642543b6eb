/** Errors: what none of them, and no header, may disclose. */

import credentialRefused from '../../../fixtures/replies/fail-401.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Liar, Mutant } from '../../dial/mutant.ts';
import { described, eventsOf } from '../../dial/reading.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { play, streamed } from '../../vocabulary/prompts.ts';
import { expectSound } from '../../vocabulary/refusal.ts';
import { expectNoInternals, expectNoSecret } from '../../watching/discretion.ts';
import { Run } from '../../watching/run.ts';
import { Seen } from '../../watching/seen.ts';
import type { Exchange } from '../../wire/exchange.ts';

const ISSUE = 'https://github.com/openclaw/openclaw/issues/115718';

/** The secret that the provider's refusal of the reply `fail-401` quotes. */
const PROVIDER_SECRET = /sk-[\w-]+/.exec(credentialRefused.events[0]!.fail.message)![0];
/** What an HTTP client tells of its request. */
const PROVIDERS = { config: { method: 'post', headers: { Authorization: 'Bearer q8Zt02LmPw71' } } };
const STACK = 'Error: no\n    at run (/srv/gateway/dist/run.js:10:3)';

/** Expects an error, plain or in a stream, without a stack, a file path, the provider's secret or the credential. */
function expectDiscreet(exchange: Exchange, { deployment }: Dial): void {
  const { body } = exchange;
  const [stack] = /(?:\n|\\n)\s+at .+:\d+/.exec(body) ?? [];
  expect(stack === undefined, 'no stack', stack);
  const [path] = /node_modules|(?:\/[\w.-]+){2,}\.(?:[cm]?[jt]s|py|json)\b/.exec(body) ?? [];
  expect(path === undefined, 'no path of a file', path);
  expect(!body.includes(PROVIDER_SECRET), "nothing of the provider's secret", PROVIDER_SECRET);
  const { credential } = deployment;
  expect(!credential || !body.includes(credential), 'nothing of the credential', 'it is quoted');
  const refused = exchange.status >= 400 || eventsOf(exchange).some(({ chunk }) => chunk?.error);
  expect(refused, 'an error, or there is nothing to keep', described(exchange));
}

/** Gateways that disclose what they must not; `leaking` makes the liar that puts the text somewhere. */
const leaks = (leaking: (leak: string) => Liar): Record<string, Mutant> => ({
  'shows the stack': leaking(STACK),
  'shows where it lives': leaking('Cannot read /srv/gateway/state/sessions.json'),
  "quotes the provider's secret": leaking(`401 Incorrect API key provided: ${PROVIDER_SECRET}.`),
  'quotes the credential': (request, faithful) =>
    leaking(`${request.headers.get('authorization')} is not enough`)(request, faithful),
});

const leakingRefusals = leaks((leak) =>
  lie.onRefusal((body) => ({ ...body, error: { ...body.error, message: `${body.error.message} ${leak}` } })),
);
const leakingStreams = leaks((leak) =>
  lie.chunks((chunk) => (chunk.error ? { error: { ...chunk.error, message: leak } } : chunk)),
);

/** Answers carry the headers of their request, spelled in some way. */
const echoing = (spell: (headers: Record<string, string>) => string): Liar =>
  lie.replies((response, request) => {
    const headers = new Headers(response.headers);
    headers.set('x-debug', spell(Object.fromEntries(request.headers)));
    return new Response(response.body, { status: response.status, headers });
  });

/** `errors.no-leak.*` about one error each. */
export const oneError = [
  {
    row: 'malformed',
    says: 'the answer to malformed JSON',
    since: '2026.1.29',
    needs: [] as const,
    call: (dial: Dial) => dial.send('{"model":"openclaw","messages":['),
    leaking: leakingRefusals,
  },
  {
    row: 'provider',
    says: 'the answer of a run that the provider refused',
    since: '2026.1.29',
    needs: ['scripted'] as const,
    call: async (dial: Dial) => (await dial.ask(`${play('fail-401')} ${dial.nonce}`)).exchange,
    leaking: leakingRefusals,
  },
  {
    row: 'stream',
    says: 'the stream of a run that the provider refused',
    since: '2026.5.18',
    needs: ['scripted'] as const,
    call: (dial: Dial) => streamed(dial, `${play('fail-401')} ${dial.nonce}`),
    leaking: leakingStreams,
  },
].map(({ row, says, since, needs, call, leaking }) =>
  // Issue 115718. 2026.1.30 under load answered with the path of its session file.
  must(`errors.no-leak.${row}`, {
    says: `${says} shows no stack, no path, no secret`,
    since,
    source: ISSUE,
    needs,
    async holds(dial) {
      await expectSound(dial);
      expectDiscreet(await call(dial), dial);
    },
    catches: leaking,
  }),
);

/** `errors.no-leak.secret` and `.internals`, which are about every answer. */
export const anyAnswer = [
  // Answers are logged, cached and shown: what stands in one is no secret any more.
  must('errors.no-leak.secret', {
    says: 'no answer shows a secret in a header or its body, the one of the request neither',
    source: 'https://cwe.mitre.org/data/definitions/201.html',
    watched: true,
    async holds(dial) {
      await expectSound(dial);
      const secret = `told-${dial.nonce}-Ab9`;
      const calls = [{}, { credential: secret }, { headers: { cookie: `session=${secret}` } }];
      const streaming = dial.body(`Say hello. ${dial.nonce}`, { stream: true });
      const run = new Run([dial.deployment.credential ?? '']);
      if (dial.scripted) {
        const failed = await streamed(dial, `${play('fail-400-after-text')} ${dial.nonce}`);
        expectNoSecret(new Seen(failed), run);
      }
      for (const call of calls) {
        const refused = await dial.send(dial.body([]), call);
        expect(refused.status >= 400, 'a refusal', described(refused));
        for (const exchange of [refused, await dial.send(streaming, call)]) expectNoSecret(new Seen(exchange), run);
      }
    },
    catches: {
      'echoes the headers of a call, encoded': echoing((headers) => encodeURIComponent(JSON.stringify(headers))),
      'echoes them of streams, in Base64': lie.aboutRequest(
        /"stream":true/,
        echoing((headers) => Buffer.from(JSON.stringify(headers)).toString('base64')),
      ),
      'tells what it sent to the provider, behind words': lie.aboutRequest(
        /play:fail/,
        lie.chunks((chunk) => (chunk.error ? { error: { ...chunk.error, cause: PROVIDERS } } : chunk)),
      ),
      "names the provider's address with its key": lie.headers((headers) =>
        headers.set('x-upstream', 'https://models.test/v1?api_key=q8Zt02LmPw71'),
      ),
      'quotes a wrong secret': async (request, faithful) => {
        const offered = request.headers.get('authorization');
        return lie.insteadOf(401, () =>
          lie.answer(401, { error: { message: `${offered} is wrong`, type: 'unauthorized' } }),
        )(request, faithful);
      },
    },
  }),
  must('errors.no-leak.internals', {
    says: 'no header and no error shows a stack or a path of the server',
    source: ISSUE,
    watched: true,
    async holds(dial) {
      await expectSound(dial);
      const bodies = [
        dial.body([]),
        { ...dial.body('Say hello.'), messages: 'Say hello.' },
        dial.body('Say hello.', { model: `openclaw:nosuch-${dial.nonce}` }),
        dial.body([], { stream: true }),
      ];
      const exchanges = [];
      for (const body of bodies) exchanges.push(await dial.send(body));
      // A server that never refuses shows no error, and so earns nothing.
      expect(exchanges[0]!.status >= 400, 'a refusal', described(exchanges[0]!));
      for (const exchange of exchanges) expectNoInternals(new Seen(exchange));
    },
    catches: {
      'a stack for messages of the wrong type': lie.aboutRequest(
        /"messages":"/,
        lie.onRefusal((body) => ({ ...body, error: { ...body.error, message: `${body.error.message}\n${STACK}` } })),
      ),
      'the folder of an unknown agent': lie.aboutRequest(
        /:nosuch-/,
        lie.onRefusal((body) => ({
          ...body,
          error: { ...body.error, message: `${body.error.message} Looked in /home/node/.openclaw/agents.` },
        })),
      ),
      'the error of its HTTP client': lie.onRefusal((body) => ({
        ...body,
        error: { ...body.error, cause: { name: 'AxiosError', code: 'ERR_BAD_REQUEST' } },
      })),
      'its own file in a header': lie.headers((headers) => headers.set('x-handler', '/srv/gateway/dist/chat.js')),
      'the folder of a session in a stream': lie.chunks((chunk) =>
        chunk.error ? { error: { ...chunk.error, message: 'No /var/lib/openclaw/sessions.' } } : chunk,
      ),
    },
  }),
];
