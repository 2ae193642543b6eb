/** What becomes of a client behind wrong gateways is told by what it printed and how it ended. */
import { afterAll, describe, expect, test } from 'vitest';
import table from '../../../fixtures/hurt-clients.json' with { type: 'json' };
import { startReference } from '../../../reference/index.ts';
import { cases } from '../../chapters/index.ts';
import { catalogueOf } from '../../proof/catalogue.ts';
import { raw } from '../../vocabulary/liars.ts';
import type { Client } from '../client.ts';
import { commandClient } from '../command.ts';
import { functionClient, type ClientFunction } from '../function.ts';
import { REAL_CLIENTS } from '../real.ts';
import { clientOf, SOUND } from '../sound.ts';
import { measurementOf, runsBehind, type Measurement } from './measure.ts';
import { OUTCOMES, outcomeOf } from './outcome.ts';
import { planOf } from './plan.ts';
import { hurtRow, hurtText, type HurtClient } from './table.ts';

const reference = await startReference();
afterAll(() => reference.close());

const catalogue = catalogueOf(cases);
const WANTED = [
  'completions.role: no role',
  'completions.json: cuts the JSON short',
  'streaming.done: forgets the sentinel',
  'streaming.done: never ends',
  'streaming.nothing-after-done: says it twice behind usage',
  'streaming.same-text: loses the first character',
  'streaming.failure: ends as if all were well',
];
const plan = await planOf(
  WANTED.map((id) => catalogue.find((one) => one.id === id)!),
  reference,
);
const measured = async (client: Client): Promise<Measurement> =>
  measurementOf(await runsBehind(client, plan, reference, { patience: 2 }));

/** Shows what comes, whatever ends it. */
const believes: ClientFunction = async function* (prompt, { baseURL, apiKey, model, stream }) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: prompt }] }),
  });
  const text = await response.text();
  if (!stream) yield (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
  for (const event of stream ? text.split('\n\n') : []) {
    if (!event.startsWith('data: {')) continue;
    const chunk = JSON.parse(event.slice(6)) as { choices?: [{ delta?: { content?: string } }?]; error?: object };
    if (chunk.error) throw new Error('an error came');
    yield chunk.choices?.[0]?.delta?.content ?? '';
  }
};

describe('the plan', () => {
  test('each gateway is met by the call that it is wrong about', () => {
    const calls = plan.map(({ gateway, mode, scenario }) => [gateway.id, mode, scenario.name]);
    expect(calls).toEqual([
      ['completions.role: no role', 'whole', 'words'],
      ['completions.json: cuts the JSON short', 'whole', 'words'],
      ['streaming.done: forgets the sentinel', 'streamed', 'words'],
      ['streaming.done: never ends', 'streamed', 'words'],
      ['streaming.nothing-after-done: says it twice behind usage', 'streamed', 'words'],
      ['streaming.same-text: loses the first character', 'streamed', 'words'],
      ['streaming.failure: ends as if all were well', 'streamed', 'failure'],
    ]);
  });

  test('a gateway that no call meets is left out, and so is one of the raw socket', async () => {
    const mutants = [
      async (request: Request, gateway: (asked: Request) => Promise<Response>) => gateway(request),
      raw(async (sent, gateway) => gateway(sent)),
    ];
    expect(
      await planOf(
        mutants.map((mutant) => ({ id: 'streaming.none: is right', mutant, breaks: [] })),
        reference,
      ),
    ).toEqual([]);
  });
});

describe('a measurement', () => {
  test('a client that believes what comes takes it for success, and waits for an end that does not come', async () => {
    const { breaks, outcomes, unsound } = await measured(functionClient(believes));
    expect(unsound).toEqual([]);
    expect(breaks).toMatchObject({
      'completions.json': { outcome: 'tells', gateway: 'completions.json: cuts the JSON short' },
      'streaming.done': { outcome: 'hangs', gateway: 'streaming.done: never ends' },
      'streaming.same-text': {
        outcome: 'takes it for success',
        gateway: 'streaming.same-text: loses the first character',
      },
      'streaming.failure': {
        outcome: 'takes it for success',
        gateway: 'streaming.failure: ends as if all were well',
      },
    });
    expect(Object.keys(breaks)).not.toContain('completions.role');
    // It asks for no usage, so it does not meet the gateway that is wrong about it.
    expect(Object.keys(breaks)).not.toContain('streaming.nothing-after-done');
    // Without the sentinel it has the right answer.
    expect(outcomes).toEqual({ survives: 2, tells: 1, hangs: 1, 'takes it for success': 2 });
  });

  test('a client that looks at the end tells what has none', async () => {
    const { breaks } = await measured(functionClient(clientOf(SOUND)));
    expect(breaks['streaming.done']).toEqual({ outcome: 'tells', gateway: 'streaming.done: forgets the sentinel' });
  });

  test('what fails of a faithful gateway is not measured', async () => {
    const mistaken: ClientFunction = async (prompt, given) => {
      await Array.fromAsync(believes(prompt, given) as AsyncIterable<string>).catch(() => undefined);
      return 'another answer';
    };
    const { breaks, outcomes, unsound } = await measured(functionClient(mistaken));
    expect([breaks, outcomes]).toEqual([{}, {}]);
    expect(unsound).toEqual(['words, whole', 'words, streamed', 'failure, streamed']);
  });
});

describe('an outcome', () => {
  const told = { text: 'yes\n', ok: true, complaint: '', ended: true };
  test.each([
    ['survives', told, 'yes'],
    ['takes it for success', told, 'yes, all of it'],
    ['takes it for success', told, undefined],
    ['tells', { ...told, ok: false, complaint: 'it failed' }, 'yes'],
    ['hangs', { ...told, ok: false, ended: false }, 'yes'],
    ['crashes', { ...told, ok: false, signal: 'SIGSEGV' }, 'yes'],
    ['crashes', { ...told, ok: false, complaint: 'TypeError: none\n    at x\n\nNode.js v24.1.0\n' }, 'yes'],
    ['crashes', { ...told, ok: false, complaint: 'Traceback (most recent call last):\n  File' }, 'yes'],
  ] as const)('%s: %j where the answer is %j', (outcome, given, answer) => {
    expect(outcomeOf(given, answer)).toBe(outcome);
  });

  const call = { prompt: '', baseURL: '', apiKey: '', model: '', stream: true, conversation: '', history: [] };
  const reins = (): Parameters<Client>[1] => ({
    leave: new AbortController().signal,
    kill: new AbortController().signal,
    measured: false,
  });

  test('a command that a signal ends has crashed, and so has one that throws where nothing catches it', async () => {
    const killed = await commandClient(['sh', '-c', 'kill -TERM $$'], process.env)(call, reins());
    expect([killed.signal, outcomeOf(killed, '')]).toEqual(['SIGTERM', 'crashes']);
    const threw = commandClient([process.execPath, '-e', 'setTimeout(() => { throw new Error("x") })'], process.env);
    expect(outcomeOf(await threw(call, reins()), '')).toBe('crashes');
  });

  test('a command that the suite ends has not crashed', async () => {
    const sleeping = commandClient([process.execPath, '-e', 'setInterval(() => {}, 1000)'], process.env);
    const late = new AbortController();
    const run = sleeping(call, { ...reins(), kill: late.signal });
    late.abort();
    const ended = await run;
    expect([ended.signal, outcomeOf(ended, '')]).toEqual([undefined, 'hangs']);
  });
});

const rows = table.rows as readonly HurtClient[];

describe('fixtures/hurt-clients.json', () => {
  test('each row is of a client in the list, and at least eight are there', () => {
    const ids = REAL_CLIENTS.map(({ id }) => id);
    expect(rows.map(({ id }) => id)).toEqual(ids.filter((id) => rows.some((row) => row.id === id)));
    expect(rows.length).toBeGreaterThanOrEqual(8);
  });

  test('each client met at least 40 wrong gateways', () => {
    for (const { id, outcomes } of rows) {
      expect(
        Object.values(outcomes).reduce((sum, count) => sum + count, 0),
        id,
      ).toBeGreaterThanOrEqual(40);
    }
  });

  test('it names requirements and wrong gateways that there are, and each gateway breaks what it is named for', () => {
    const known = new Map(catalogue.map(({ id, breaks }) => [id, breaks]));
    for (const { id, breaks } of rows) {
      for (const [requirement, { gateway, outcome }] of Object.entries(breaks)) {
        expect(known.get(gateway), `${id}, ${gateway}`).toContain(requirement);
        expect(OUTCOMES).toContain(outcome);
        expect(outcome).not.toBe('survives');
      }
    }
  });
});

test('the table has the worst requirements first, and names the clients that break by each', () => {
  const [first, second, third] = REAL_CLIENTS;
  const breakage = (outcome: HurtClient['breaks'][string]['outcome']): HurtClient['breaks'][string] => ({
    outcome,
    gateway: 'streaming.done: never ends',
  });
  const own = [
    hurtRow(
      first!,
      { openai: '7.0.0' },
      {
        outcomes: { 'takes it for success': 1, survives: 5 },
        unsound: ['nothing, whole'],
        breaks: { 'streaming.done': breakage('tells'), 'streaming.long': breakage('takes it for success') },
      },
    ),
    hurtRow(second!, {}, { outcomes: { hangs: 1 }, unsound: [], breaks: { 'streaming.done': breakage('tells') } }),
    hurtRow(
      third!,
      {},
      {
        outcomes: {},
        unsound: [],
        breaks: { 'streaming.done': breakage('tells'), 'streaming.long': breakage('takes it for success') },
      },
    ),
  ];
  const day = own[0]!.measured;
  expect(Object.keys(own[0]!.outcomes)).toEqual(['survives', 'takes it for success']);
  expect(hurtText(own)).toBe(
    [
      '| client | survives | tells | crashes | hangs | takes it for success | not measured | measured |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      `| openai 7 | 5 | 0 | 0 | 0 | 1 | nothing, whole | ${day} |`,
      `| openai 7, stream() | 0 | 0 | 0 | 1 | 0 | nothing | ${day} |`,
      `| openai 6 | 0 | 0 | 0 | 0 | 0 | nothing | ${day} |`,
      '',
      '| requirement | takes it for success | hangs | crashes | tells |',
      '| --- | --- | --- | --- | --- |',
      '| `streaming.long` | all but openai 7, stream() | – | – | – |',
      '| `streaming.done` | – | – | – | all |',
    ].join('\n'),
  );
});
