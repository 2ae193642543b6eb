/** Functions: the calls that the agent makes are joined, made, and answered each by its id. */
import { expect, Words } from '../../dial/expectation.ts';
import { chunkLike, DONE, framed, JSON_TYPE } from '../framing.ts';
import { brief, expectAnswer, Unseen, type Run, type Stage } from '../stage.ts';
import type { Answer, Faithful, Seen } from '../stand.ts';
import { BOTH, CHUNK, COMPLETION, PAGE, STREAMED, type Trial } from '../trial.ts';
import { messagesIn } from './requests.ts';

/** What the function is called; it takes `{ "text": string }` and returns the text. */
const TOOL = 'echo';

/** A call that the agent makes: its arguments as JSON, in these pieces when they are streamed. */
interface Made {
  readonly id: string;
  readonly text: string;
  readonly pieces: readonly string[];
}

function made(id: string, text: string, ...cuts: number[]): Made {
  const json = JSON.stringify({ text });
  const ends = [...cuts, json.length];
  return { id, text, pieces: ends.map((end, at) => json.slice(ends[at - 1] ?? 0, end)) };
}

/** The calls, streamed: each first with its name, then the pieces of all in turns. */
function calling(events: readonly string[], calls: readonly Made[]): string[] {
  const firsts = calls.map(({ id }, index) => ({
    index,
    id,
    type: 'function',
    function: { name: TOOL, arguments: '' },
  }));
  const most = Math.max(...calls.map(({ pieces }) => pieces.length));
  const others = Array.from({ length: most }, (_, at) =>
    calls.flatMap(({ pieces }, index) =>
      pieces[at] === undefined ? [] : [{ index, function: { arguments: pieces[at] } }],
    ),
  ).flat();
  return [
    chunkLike(events, { role: 'assistant', content: null }),
    ...[...firsts, ...others].map((call) => chunkLike(events, { tool_calls: [call] })),
    chunkLike(events, {}, 'tool_calls'),
    DONE,
  ];
}

/** The same as a whole answer. */
function calledWhole(body: string, calls: readonly Made[]): string {
  const answer = JSON.parse(body) as { choices: object[] };
  const toolCalls = calls.map(({ id, pieces }) => ({
    id,
    type: 'function',
    function: { name: TOOL, arguments: pieces.join('') },
  }));
  const message = { role: 'assistant', content: null, tool_calls: toolCalls };
  return JSON.stringify({ ...answer, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
}

/** What the agent says in the end. */
const THEN = ['The tower', ' is twelve fathoms', ' high.'];

function saying(events: readonly string[]): string[] {
  return [
    chunkLike(events, { role: 'assistant' }),
    ...THEN.map((content) => chunkLike(events, { content })),
    chunkLike(events, {}, 'stop'),
    DONE,
  ];
}

function saidWhole(body: string): string {
  const answer = JSON.parse(body) as { choices: object[] };
  const message = { role: 'assistant', content: THEN.join('') };
  return JSON.stringify({ ...answer, choices: [{ index: 0, message, finish_reason: 'stop' }] });
}

/** Runs a client that offers the function; the agent makes these calls first, then answers. */
async function offered(stage: Stage, calls: readonly Made[]): Promise<Run> {
  const answer = ({ events, body }: Faithful, at: number, { json }: Seen): Answer | undefined => {
    const first = at === 0 && Array.isArray(json?.tools) && json.tools.length > 0;
    if (stage.streamed) {
      return { pieces: framed(first ? calling(events, calls) : saying(events)) };
    }
    const message = first ? calledWhole(body, calls) : saidWhole(body);
    return { headers: JSON_TYPE, pieces: [message] };
  };
  const run = await stage.run({ call: { tool: TOOL }, text: THEN, answer });
  if (!Array.isArray(run.calls[0]?.json?.tools)) throw new Unseen('the client offers no function (KIT_TOOL)');
  expect(
    run.calls.length > 1,
    'a call with the results of the functions',
    new Words(`none; ${brief(run.complaint || run.text)}`),
  );
  return run;
}

interface ToolCall {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown };
}

/** The calls that the client says the agent made. */
function repeated(run: Run): ToolCall[] {
  return messagesIn(run.calls[1]!).flatMap((message) =>
    Array.isArray(message.tool_calls) ? (message.tool_calls as ToolCall[]) : [],
  );
}

/** Expects that the client repeats the calls with their arguments, in any spelling of the JSON. */
function expectCalls(run: Run, calls: readonly Made[]): void {
  const given = repeated(run);
  expect(
    given.length === calls.length,
    `${calls.length} calls in the assistant's message`,
    new Words(String(given.length)),
  );
  for (const { id, text } of calls) {
    const call = given.find((one) => one.id === id);
    expect(
      call !== undefined,
      `a call with the id ${id}`,
      given.map((one) => one.id),
    );
    expect(argumentOf(call) === text, `its arguments ${brief(JSON.stringify({ text }))}`, call.function?.arguments);
    expect(call.function?.name === TOOL, `its function ${TOOL}`, call.function?.name);
  }
}

function argumentOf({ function: called }: ToolCall): unknown {
  try {
    return typeof called?.arguments === 'string'
      ? (JSON.parse(called.arguments) as { text?: unknown }).text
      : undefined;
  } catch {
    return undefined;
  }
}

/** Expects one result for each call, bound to it by its id, that holds its text. */
function expectResults(run: Run, calls: readonly Made[]): void {
  const results = messagesIn(run.calls[1]!).filter(({ role }) => role === 'tool');
  for (const { id, text } of calls) {
    const own = results.filter((one) => one.tool_call_id === id);
    expect(
      own.length === 1,
      `one result with the id ${id}`,
      results.map((one) => one.tool_call_id),
    );
    // A client may wrap what its function returned.
    const [inner] = [JSON.stringify(text).slice(1, -1)];
    expect(own[0]!.text.includes(text) || own[0]!.text.includes(inner!), `the result ${brief(text)}`, own[0]!.content);
  }
}

const TEXT = 'Wie hoch ist der Turm? 🗼 "quoted" \\ {}';

/** A trial of functions: which calls are made, and what is expected of the next call. */
function tool(
  name: string,
  modes: Trial['modes'],
  source: string,
  says: string,
  calls: readonly Made[],
  ...expected: ((run: Run, calls: readonly Made[]) => void)[]
): Trial {
  return {
    id: `tools.${name}`,
    level: 'MUST',
    says,
    source,
    modes,
    needs: 'functions',
    async holds(stage) {
      const run = await offered(stage, calls);
      for (const one of expected) one(run, calls);
    },
  };
}

/** Trials of `tools.*`. */
export const toolTrials: readonly Trial[] = [
  tool(
    'arguments',
    BOTH,
    COMPLETION,
    'the arguments of a call arrive whole',
    [made('call_one', TEXT, 5, 21, 30)],
    expectCalls,
  ),
  tool(
    'joined',
    STREAMED,
    CHUNK,
    'pieces of two calls that come in turns are joined by their index',
    [made('call_a', 'first', 4, 9), made('call_b', 'second', 3, 12)],
    expectCalls,
  ),
  tool(
    'two',
    BOTH,
    COMPLETION,
    'of two calls each is answered',
    [made('call_x', 'north'), made('call_y', 'south')],
    expectResults,
  ),
  tool(
    'result',
    BOTH,
    `${PAGE}#tools`,
    'the result of a call is bound to it by its id',
    [made('call_odd-id.7', TEXT)],
    expectResults,
  ),
  tool(
    'empty',
    BOTH,
    'https://github.com/openclaw/openclaw/issues/139988',
    'an empty result is a result',
    [made('call_empty', '')],
    expectResults,
  ),
  tool('answer', BOTH, COMPLETION, 'the answer after the results is printed', [made('call_then', 'once')], (run) =>
    expectAnswer(run),
  ),
];
