/**
 * The visible text of a run. Models wrap their output in `<think>…</think>`, or tags like it, whose content is private,
 * and in `<final>…</final>`, of which only the tags are removed. Any tag may be cut between two deltas. Any other tag is
 * text.
 */

import type { RunEvent } from '../backends/backend.ts';
import { isHigh } from '../steps.ts';

const THINK = ['<think>', '<thinking>', '<thought>', '<antthinking>'];
const THOUGHT = ['</think>', '</thinking>', '</thought>', '</antthinking>'];
const TAGS = [...THINK, ...THOUGHT, '<final>', '</final>'];

/** The text of a run that emits neither visible text nor a tool call. */
export const NO_RESPONSE = 'No response from OpenClaw.';

class Visible {
  /** Kept for the next piece: the beginning of a possible tag, or the first half of a surrogate pair. */
  #held = '';
  /** Between a tag of `THINK` and one of `THOUGHT`. */
  #thinking = false;
  /** Whether visible text was returned; blanks before the first one are dropped. */
  #begun = false;
  readonly #joins: boolean;

  constructor(joins: boolean) {
    this.#joins = joins;
  }

  /** Takes the next piece; returns the text that is certainly visible by now: often the piece itself, sometimes ''. */
  push(piece: string): string {
    let rest = this.#held + piece;
    let shown = '';
    this.#held = '';
    while (rest !== '') {
      const at = rest.indexOf('<');
      if (at === -1) {
        if (!this.#thinking) shown += rest;
        break;
      }
      if (!this.#thinking) shown += rest.slice(0, at);
      rest = rest.slice(at);
      const tag = TAGS.find((known) => rest.startsWith(known));
      if (tag === undefined && TAGS.some((known) => known.startsWith(rest))) {
        this.#held = rest;
        break;
      }
      if (tag !== undefined && THINK.includes(tag)) this.#thinking = true;
      if (tag !== undefined && THOUGHT.includes(tag)) this.#thinking = false;
      if (tag === undefined && !this.#thinking) shown += '<';
      rest = rest.slice(tag?.length ?? 1);
    }
    // The first half of a surrogate pair: the second is in the next piece.
    if (this.#joins && this.#held === '' && isHigh(shown.charCodeAt(shown.length - 1))) {
      this.#held = shown.slice(-1);
      shown = shown.slice(0, -1);
    }
    return this.#begin(shown);
  }

  /** Returns the text still held back; called once, after the last piece. */
  end(): string {
    const rest = this.#thinking ? '' : this.#held;
    this.#held = '';
    return this.#begin(rest);
  }

  #begin(text: string): string {
    if (this.#begun) return text;
    const trimmed = text.trimStart();
    this.#begun = trimmed !== '';
    return trimmed;
  }
}

/**
 * The events of a run as the client receives them: pieces of visible text, none of them empty, at least one unless a
 * tool is called; then the calls; then one `finish`; then one `usage`.
 */
export class View {
  readonly #text: Visible;
  #spoken = false;
  #calls = false;
  #finish: RunEvent | undefined;
  #usage: RunEvent = { type: 'usage', input: 0, output: 0 };

  /** @param joins Whether the halves of a surrogate pair that come in two pieces are joined. Default: true. */
  constructor(joins = true) {
    this.#text = new Visible(joins);
  }

  /** The visible part of an event; undefined when there is none, or when `end()` returns it. */
  of(event: RunEvent): RunEvent | undefined {
    switch (event.type) {
      case 'text': {
        const text = this.#text.push(event.text);
        if (text === '') return undefined;
        this.#spoken = true;
        return text === event.text ? event : { type: 'text', text };
      }
      case 'finish':
        this.#finish = event;
        return undefined;
      case 'usage':
        this.#usage = event;
        return undefined;
      case 'call':
        this.#calls = true;
    }
    return event;
  }

  /** The remaining events; called once, when the run is over. */
  end(): RunEvent[] {
    const rest = this.#text.end();
    const silent = rest === '' && !this.#spoken && !this.#calls;
    const text = silent ? NO_RESPONSE : rest;
    const finish = this.#finish ?? { type: 'finish', reason: this.#calls ? 'tool_calls' : 'stop' };
    return [...(text === '' ? [] : [{ type: 'text', text } as const]), finish, this.#usage];
  }
}
