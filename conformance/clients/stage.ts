/** One trial's handle on the client: runs it against a server that answers as the trial has it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Reference } from '../../reference/index.ts';
import { expect, Violation, Words } from '../dial/expectation.ts';
import type { Call, Client, Mode, Told } from './client.ts';
import type { Faithful, Answer } from './stand.ts';
import { isCall, Stand, type Seen } from './stand.ts';

/** Thrown when the client did nothing by which the requirement could be judged. */
export class Unseen extends Error {}

/** How a run is made. */
export interface Setup {
  /** What the agent says, as the deltas that are given. Default: a few lines in several scripts. */
  readonly text?: readonly string[];
  /** The answer to the `at`-th call, from 0 on; undefined: as the reference. */
  readonly answer?: (faithful: Faithful, at: number, seen: Seen) => Answer | undefined;
  /** What goes wrong with calls, as the reference's own faults. */
  readonly faults?: readonly object[];
  readonly call?: Partial<Call>;
  /** Whether the client is told to leave once an answer hangs. */
  readonly leaves?: boolean;
  readonly measured?: boolean;
  /** Whether a run without a call, or with one of the other mode, is given back too. */
  readonly any?: boolean;
}

/** What a client did in one run. */
export interface Run extends Told {
  readonly asked: Call;
  /** The whole answer that the agent gave. */
  readonly wanted: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly Seen[];
  /** The calls of the endpoint among them. */
  readonly calls: readonly Seen[];
  /** How long it took to end after it was told to leave, or after the server's last byte, in ms. */
  readonly endedAfter: number;
  /** Whether the whole run was too long, whatever the client waited for. */
  readonly overlong: boolean;
  /** How long it took to close the connection after it was told to leave, in ms. */
  readonly leftAfter?: number;
}

/** Bounds and places of all runs. */
export interface Ground {
  readonly client: Client;
  readonly reference: Reference;
  /** A client that waits for longer after the server's last byte is taken to wait for ever, in ms. */
  readonly patience: number;
  /** How long heartbeats come before an answer, in ms. */
  readonly heartbeat: number;
  /** How long the long answer is, in KiB. */
  readonly large: number;
  /** Given every run as soon as it is over. */
  readonly watch: (run: Run) => void;
}

/** The longest run, in ms. */
const LONGEST = 60_000;
const LOOK_MS = 25;

/** What a trial gets: it starts runs of the client in one mode, each against a stand of its own. */
export class Stage {
  readonly mode: Mode;
  readonly ground: Ground;

  constructor(mode: Mode, ground: Ground) {
    this.mode = mode;
    this.ground = ground;
  }

  get streamed(): boolean {
    return this.mode === 'streamed';
  }

  /**
   * Runs the client once.
   *
   * @throws {Unseen} when it made no call, or none of this mode.
   */
  async run(setup: Setup = {}): Promise<Run> {
    const { client, reference, patience, watch } = this.ground;
    const scope = await reference.scope();
    const nonce = randomUUID().slice(0, 8);
    const text = setup.text ?? saidBy(nonce);
    scope.replies.put('answer', { match: { message: nonce }, text: [...text] });
    setup.faults?.forEach((fault) => scope.faults.add(fault));
    await using stand = new Stand(scope, (seen, at, faithful) => setup.answer?.(faithful, at, seen));
    const url = await stand.listen();
    const asked: Call = {
      prompt: `What does the keeper of lighthouse ${nonce} say?`,
      baseURL: `${url}/v1`,
      apiKey: scope.apiKey,
      model: 'openclaw/main',
      stream: this.streamed,
      conversation: `talk-${nonce}`,
      history: [],
      ...setup.call,
    };
    const leave = new AbortController();
    const kill = new AbortController();
    const over = new AbortController();
    const begun = performance.now();
    let told: number | undefined;
    let overlong = false;
    if (setup.leaves === true) {
      void stand.hanging.then(async () => {
        // The client reads what has come.
        await wait(LEAVE_MS);
        told = performance.now();
        leave.abort();
      });
    }
    const guard = (async () => {
      while (!over.signal.aborted) {
        await wait(LOOK_MS);
        const now = performance.now();
        overlong ||= now - begun > LONGEST;
        if (overlong || now - Math.max(stand.active, told ?? 0) > patience) kill.abort();
      }
    })();
    try {
      const outcome = await client(asked, {
        leave: leave.signal,
        kill: kill.signal,
        measured: setup.measured ?? false,
      });
      const ended = performance.now();
      const { active } = stand;
      const [first] = stand.seen.filter(isCall);
      // The server hears of a closed connection a little later than the client closes it.
      if (first?.left === undefined && (told !== undefined || stand.busy)) await wait(SETTLE_MS);
      const run: Run = {
        ...outcome,
        asked,
        wanted: text.join(''),
        requests: stand.seen,
        calls: stand.seen.filter(isCall),
        overlong,
        endedAfter: ended - (told ?? active),
        ...(told !== undefined && first?.left !== undefined && { leftAfter: first.left - told }),
      };
      watch(run);
      if (setup.any !== true) this.#expectCalls(run);
      return run;
    } finally {
      over.abort();
      await guard;
      await scope.close();
    }
  }

  #expectCalls({ calls: [call], requests }: Run): void {
    if (call === undefined) {
      throw new Unseen(requests.length === 0 ? 'the client asked nothing' : 'the client did not call the endpoint');
    }
    if (isStreamed(call) !== this.streamed) {
      throw new Unseen(`the client asked for ${this.streamed ? 'a whole answer' : 'a stream'} (KIT_STREAM)`);
    }
  }
}

/** From the first byte that hangs until the client is told to leave, in ms. */
const LEAVE_MS = 100;
const SETTLE_MS = 100;

/** What the agent says: several scripts, an emoji of two UTF-16 units, lines, no blank at either end. */
function saidBy(nonce: string): string[] {
  return ['Zwölf', ' Boxkämpfer', ' – 十二人', ' 🦊🌊', '\n\nsay "', nonce, '" \\ twice,', '\tна заре', '.'];
}

/** Whether a request asks for a stream. */
export function isStreamed({ json }: Seen): boolean {
  return json?.stream === true;
}

/** Expects the whole answer, and that the client says so. */
export function expectAnswer(run: Run, when = 'the answer'): void {
  expectEnd(run);
  expect(run.ok, `${when} to be told as a success`, new Words(`a failure: ${toldBy(run)}`));
  expect(run.text.trim() === run.wanted, `${when} ${brief(run.wanted)}`, new Words(brief(run.text.trim())));
}

/** Expects that the client does not tell what came as a success. */
export function expectFailure(run: Run, of: string): void {
  expectEnd(run);
  expect(!run.ok, `${of} to be told as a failure`, new Words(`a success that printed ${brief(run.text.trim())}`));
}

/** Expects that the client ended by itself. */
export function expectEnd(run: Run): void {
  if (run.ended) return;
  if (run.overlong) throw new Error(`the run was ended after ${LONGEST / 1000} s`);
  throw new Violation(
    'the client to end',
    `it still waited ${(run.endedAfter / 1000).toFixed(1)} s after the last byte`,
  );
}

/** All that a client told, for a message. */
export function toldBy({ complaint, text }: Told): string {
  return brief(complaint.trim() || text.trim());
}

/** A text as JSON; of a long one both ends. */
export function brief(text: string): string {
  return JSON.stringify(
    text.length <= 120 ? text : `${text.slice(0, 60)}…${text.slice(-40)} (${text.length} characters)`,
  );
}
