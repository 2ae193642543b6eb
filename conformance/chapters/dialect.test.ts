/** A fork that calls all otherwise, judged in its own words: the reference behind what translates. */
import { afterAll, expect, test } from 'vitest';
import type { Mutant } from '../dial/mutant.ts';
import { dialectOf } from '../dial/dialects.ts';
import type { Dialect } from '../dial/dialect.ts';
import type { Target } from '../dial/target.ts';
import { judge } from '../judging/judge.ts';
import { startEmbedded } from '../lab/embedded.ts';
import * as lie from '../vocabulary/liars.ts';
import { cases } from './index.ts';

const embedded = await startEmbedded({ patience: 10_000 });
afterAll(() => embedded.close());

/** Longer than OpenClaw's, so that nothing fits by accident. */
const LOBSTER: Dialect = { ...dialectOf('clawdbot'), header: 'x-lobster-gateway-', model: 'lobster-gateway' };

const swapped = (text: string, from: string, to: string): string =>
  text.startsWith(from) && /^(?:$|[:/])/.test(text.slice(from.length)) ? to + text.slice(from.length) : text;

/** Reads its own names alone, and answers by them. */
const fork: Mutant = async (request, faithful) => {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/lobster-gateway(?=%|\/|$)/, 'openclaw');
  const renamed = lie.withHeaders(new Request(url, request), (headers) => {
    for (const [name, value] of Array.from(headers)) {
      if (name.startsWith('x-openclaw-')) headers.delete(name);
      if (!name.startsWith(LOBSTER.header)) continue;
      headers.delete(name);
      headers.set(name.replace(LOBSTER.header, 'x-openclaw-'), value);
    }
  });
  const body = await lie.bodyOf(renamed);
  const named: unknown = body?.model;
  const sent =
    typeof named === 'string'
      ? lie.withBody(
          renamed,
          JSON.stringify({ ...body, model: swapped(swapped(named, 'openclaw', 'gpt-4'), LOBSTER.model, 'openclaw') }),
        )
      : renamed;
  return lie.replies((response) => answered(response))(sent, faithful);
};

function answered(response: Response): Response {
  if (!response.body) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  const own = (text: string): string => text.replaceAll(/"openclaw(?=["/:])/g, `"${LOBSTER.model}`);
  // The reference writes whole events.
  const body = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TransformStream<string, string>({
      transform: (text, controller) => controller.enqueue(own(text.replaceAll('`openclaw', `\`${LOBSTER.model}`))),
    }),
  );
  return new Response(body.pipeThrough(new TextEncoderStream()), { status: response.status, headers });
}

async function wrongOf(target: Target, only: readonly string[]): Promise<string[]> {
  // What translates stands behind fetch: a raw connection reaches the reference itself.
  const translated = cases.filter(({ id }) => id !== 'agents.connection');
  const judged = await Array.fromAsync(judge(translated, target, { only, mutant: fork, depth: 'quick' }));
  return judged.flatMap(({ id, ending }) =>
    ending.kind === 'violated' || ending.kind === 'errored' ? [`${id}: ${JSON.stringify(ending)}`] : [],
  );
}

test('a fork with other names keeps the contract about agents, sessions and models in its dialect', async () => {
  const { target } = embedded;
  const chapters = ['agents', 'sessions', 'models', 'backend', 'scopes', 'completions.*', 'sessions.*'];
  expect(await wrongOf({ ...target, dialect: LOBSTER }, chapters)).toEqual([]);
}, 120_000);

test('without its dialect the same fork runs the wrong agent, and the contract says so', async () => {
  const found = await wrongOf(embedded.target, ['agents.header', 'agents.openclaw-prefix', 'sessions.key.alone']);
  expect(found.map((text) => text.split(':')[0])).toEqual(
    expect.arrayContaining(['agents.header', 'agents.openclaw-prefix']),
  );
});

test('a header that a gateway does not read passes nothing', async () => {
  const deaf: Mutant = (request, faithful) =>
    faithful(lie.withHeaders(request, (headers) => headers.delete('x-openclaw-agent-id')));
  const judged = await Array.fromAsync(
    judge(cases, embedded.target, { only: ['agents', 'sessions.key*'], mutant: deaf, depth: 'quick' }),
  );
  const sends = ({ transcript }: (typeof judged)[number], name: string): boolean =>
    transcript.some(({ request }) => request.headers.some(([header]) => header === name));
  const passed = judged.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
  const hollow = judged.filter((one) => one.verdict === 'unseen');
  expect(hollow.length).toBeGreaterThan(3);
  expect(hollow[0]!.reason).toBe('x-openclaw-agent-id has no effect here, see agents.header');
  expect(judged.filter((one) => sends(one, 'x-openclaw-agent-id') && passed.includes(one.id))).toEqual([]);
  // What needs no header is a pass all the same.
  expect(passed).toContain('agents.agent-prefix');
}, 60_000);

test('what a gateway reads waits for that verdict, and each verdict comes once', async () => {
  const only = ['agents', 'sessions.key*'];
  const judged = await Array.fromAsync(judge(cases, embedded.target, { only, depth: 'quick' }));
  expect(judged.filter(({ verdict }) => verdict === 'unseen')).toEqual([]);
  expect(judged.map(({ id }) => id).toSorted()).toEqual(cases.map(({ id }) => id).toSorted());
}, 60_000);
