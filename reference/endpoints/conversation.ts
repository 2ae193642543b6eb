/**
 * One run in its session, which remembers it when it ended by itself and the client had not left; releases may remember
 * other runs, too.
 */

import { Insistence, insists } from '../answer/insistence.ts';
import { NO_RESPONSE, View } from '../answer/visible.ts';
import type { Backend, Hear, Run, RunEvent } from '../backends/backend.ts';
import type { Fault } from '../backends/fault.ts';
import type { Place } from '../call/session-key.ts';
import { areAmbiguous } from '../call/tools.ts';
import type { Behaviour } from '../editions/editions.ts';
import { ambiguousTools } from '../errors.ts';
import type { Sessions, Visit } from '../sessions/sessions.ts';
import { FAILED, queued } from '../sessions/unanswered.ts';
import { Meter, STEP, Text, steps, turn } from '../steps.ts';

/** How long a session stays locked in releases that do not unlock it: longer than any client waits. */
const LOCKED_MS = 60_000;

interface Services {
  readonly backend: Backend;
  readonly sessions: Sessions;
  readonly traits: Behaviour;
}

/** `leave` has to be called in the end. */
export class Conversation {
  readonly #services: Services;
  readonly #call: Omit<Run, 'history'>;
  readonly #place: Place;
  readonly #signal: AbortSignal;
  #visit: Visit | undefined;
  #events: ReturnType<Backend['run']> | undefined;
  /** What the session is to remember of the run. */
  readonly #answer = new Text();

  constructor(services: Services, call: Omit<Run, 'history'>, place: Place, signal: AbortSignal) {
    this.#services = services;
    this.#call = call;
    this.#place = place;
    this.#signal = signal;
  }

  /**
   * The fault that a reply brings to the answer. Where none can, the session is not entered for it: the headers of a
   * stream are sent before its turn in the session comes.
   */
  async fault(): Promise<Fault | undefined> {
    const { backend } = this.#services;
    if (backend.begin === undefined) return undefined;
    const { fault, events } = await backend.begin(await this.#enter(), this.#signal);
    this.#events = events;
    return fault;
  }

  /** Passes on all events, and leaves. */
  async run(hear: Hear): Promise<void> {
    const { backend, traits } = this.#services;
    try {
      const events = this.#events ?? backend.run(await this.#enter(), this.#signal);
      const insistence = this.#insistence(hear);
      const failed = await this.#heard(events, insistence?.hear ?? hear).catch((cause: unknown) => ({ cause }));
      const { aborted } = this.#signal;
      if (aborted && traits.abandonedTurns === 'queued') await this.#remember();
      if (failed !== undefined) {
        if (!aborted) await this.#rememberFailed();
        throw failed.cause;
      }
      if (aborted) return;
      if (traits.failedTurns === 'forgotten') insistence?.end();
      await this.#remember(this.#said);
      insistence?.end();
    } finally {
      this.leave();
    }
  }

  async #rememberFailed(): Promise<void> {
    const { failedTurns } = this.#services.traits;
    const broken = failedTurns === 'kept, with a note' && !['', 'NO_REPLY'].includes(this.#said.trim());
    if (failedTurns !== 'forgotten') await this.#remember(broken ? FAILED : '');
  }

  /** The answer so far; '' for none, where such turns are kept. */
  get #said(): string {
    const { failedTurns, rememberedTags } = this.#services.traits;
    const answer = String(this.#answer);
    if (answer === NO_RESPONSE && failedTurns !== 'forgotten') return '';
    return rememberedTags === 'kept' ? answer : answer.replaceAll(/\[\[reply_to_current\]\]\s*/g, '');
  }

  /** Without an answer the session remembers a prompt alone. */
  async #remember(answer?: string): Promise<void> {
    const prompt = { role: 'user', text: this.#call.prompt } as const;
    const stored = this.#visit?.remember(
      answer === undefined ? [prompt] : [prompt, { role: 'assistant', text: answer }],
    );
    if (stored !== undefined) await stored;
  }

  /** Makes room for the next run in the session. Without effect before the session is entered and after the first time. */
  leave(): void {
    const visit = this.#visit;
    this.#visit = undefined;
    if (visit === undefined) return;
    const locked = this.#call.stream === true && this.#signal.aborted;
    if (locked && this.#services.traits.left === 'stops, and shuts') setTimeout(() => visit.leave(), LOCKED_MS).unref();
    else visit.leave();
  }

  async #enter(): Promise<Run> {
    const { sessions, traits } = this.#services;
    // Thrown only now, after the role chunk of a stream: releases detect it when the run begins.
    if (areAmbiguous(this.#call.tools ?? [], traits)) throw ambiguousTools();
    this.#visit = await sessions.enter(this.#place, this.#signal, traits.firstTurns === 'unseen');
    const hidden = traits.toolSearch === 'hides' && { tools: [] };
    const { history } = this.#visit;
    if (traits.abandonedTurns === 'forgotten') return { ...this.#call, ...hidden, history };
    return { ...this.#call, ...hidden, ...queued(history, this.#call.prompt) };
  }

  /** What holds a run back until the call is certain that the client insists on; undefined when it insists on none. */
  #insistence(hear: Hear): Insistence | undefined {
    const { toolChoice = 'auto' } = this.#call;
    const { clientTools, silence } = this.#services.traits;
    const enforced = clientTools === 'enforced' && insists(toolChoice);
    return enforced ? new Insistence(toolChoice, hear, silence === 'an error' ? silence : 'unmet') : undefined;
  }

  /** Passes on what of a run a client may see, and keeps what the session is to remember of it. */
  async #heard(events: ReturnType<Backend['run']>, hear: Hear): Promise<undefined> {
    const view = new View(this.#services.traits.halves === 'joined');
    const answer = this.#answer;
    const record: Hear = (seen) => {
      if (!this.#place.kept) return hear(seen);
      if (seen.type === 'text' || seen.type === 'arguments') answer.add(seen.text);
      else if (seen.type === 'call') answer.add(`tool_call id=${seen.id} name=${seen.name} arguments=`);
      return hear(seen);
    };
    await inSteps(events, (event) => {
      const seen = view.of(event);
      return seen && record(seen);
    });
    for (const seen of view.end()) {
      const drain = record(seen);
      if (drain !== undefined) await drain;
    }
  }
}

/** The work of an event beside its text, counted in characters. */
const EVENT_COST = 64;

/** Passes on all events of a run. Other requests are served between steps, and a long piece is passed on in several. */
async function inSteps(events: ReturnType<Backend['run']>, hear: Hear): Promise<void> {
  const meter = new Meter();
  const each = (event: RunEvent): Promise<void> | void => {
    if (event.type === 'step') return turn();
    const length = 'text' in event ? event.text.length : 0;
    if ('text' in event && length > STEP) return inPieces(event, hear);
    const drain = hear(event);
    return meter.full(EVENT_COST + length) ? Promise.resolve(drain).then(turn) : drain;
  };
  // `for await` also awaits each event of a sync iterable, hence two loops.
  if (Symbol.iterator in events) {
    for (const event of events) {
      const drain = each(event);
      if (drain !== undefined) await drain;
    }
  } else {
    for await (const event of events) {
      const drain = each(event);
      if (drain !== undefined) await drain;
    }
  }
}

async function inPieces(event: Extract<RunEvent, { text: string }>, hear: Hear): Promise<void> {
  for (const text of steps(event.text)) {
    await hear({ ...event, text });
    await turn();
  }
}
