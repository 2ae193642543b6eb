/**
 * What a caller sees of a run's text. Models wrap their words in `<think>…</think>` or `<thinking>…</thinking>`, which is
 * private, and in `<final>…</final>`, whose tags are not for show; all may be cut anywhere between two deltas. Any other
 * tag is text.
 */

import type { RunEvent } from '../backends/backend.ts';
import { isHigh } from '../steps.ts';

const THINK = ['<think>', '<thinking>'];
const THOUGHT = ['</think>', '</thinking>'];
const TAGS = [...THINK, ...THOUGHT, '<final>', '</final>'];

/** What a run without a word says. */
export const NO_RESPONSE = 'No response from OpenClaw.';

class Visible {
  /** What may turn out to be part of a tag, or is half a character: it waits for the next piece. */
  #held = '';
  /** Between a tag of `THINK` and one of `THOUGHT`. */
  #thinking = false;
  /** Something has been shown; the blanks before it never are. */
  #begun = false;
  readonly #joins: boolean;

  constructor(joins: boolean) {
    this.#joins = joins;
  }

  /** Takes the next piece in, gives what of it may be shown by now; often the piece itself, sometimes ''. */
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

  /** What was held back, when nothing comes any more. */
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
 * A run as its caller meets it: pieces of visible text, none of them empty and at least one unless a tool is called;
 * then the calls; then one `finish`; then one `usage`.
 */
export class View {
  readonly #text: Visible;
  #spoken = false;
  #calls = false;
  #finish: RunEvent | undefined;
  #usage: RunEvent = { type: 'usage', input: 0, output: 0 };

  /** @param joins halves of a character that come in two pieces. */
  constructor(joins = true) {
    this.#text = new Visible(joins);
  }

  /** What of an event is seen by now; undefined when it is nothing, or comes at the end. */
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

  /** What is left to be seen when the run is over. */
  end(): RunEvent[] {
    const rest = this.#text.end();
    const silent = rest === '' && !this.#spoken && !this.#calls;
    const text = silent ? NO_RESPONSE : rest;
    const finish = this.#finish ?? { type: 'finish', reason: this.#calls ? 'tool_calls' : 'stop' };
    return [...(text === '' ? [] : [{ type: 'text', text } as const]), finish, this.#usage];
  }
}
