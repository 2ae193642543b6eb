/** The visible text of a run as a release shows it, with the mistakes that it makes about directives. */

import type { Behaviour } from '../editions/editions.ts';
import { Text } from '../steps.ts';
import { heldFrom, untagged } from './directives.ts';

const NO_REPLY = 'NO_REPLY';

/**
 * Visible text without the directives that agents write for OpenClaw. Trailing blanks are held until more text comes.
 */
export class Words {
  readonly #shown = new Text();
  /** The first characters of what was shown, and the last: reading it whole for each piece would cost the square. */
  #begin = '';
  #tail = '';
  /** Whether the agent's whole text was `NO_REPLY`. */
  quiet = false;
  #held = '';
  /** Whether a reply tag got out in part, after which nothing more does. */
  #mute = false;
  readonly #media: boolean;
  readonly #late: LateMedia | undefined;
  readonly #tornNoReply: boolean;
  readonly #tornReplyTag: boolean;

  /** @param streamed Only what is streamed can be torn. */
  constructor({ mediaLines, tornNoReply, tornReplyTag }: Behaviour, streamed: boolean) {
    this.#late = streamed && mediaLines === 'taken out late' ? new LateMedia() : undefined;
    this.#media = mediaLines === 'kept' || this.#late !== undefined;
    this.#tornNoReply = streamed && tornNoReply === 'gets out';
    this.#tornReplyTag = streamed && tornReplyTag === 'gets out';
  }

  /** All text shown so far. */
  get shown(): string {
    return String(this.#shown);
  }

  get isEmpty(): boolean {
    return this.#shown.length === 0;
  }

  push(piece: string): string {
    if (this.#tornReplyTag) {
      const end = this.#tail;
      this.#mute ||= /\[\[\w*\]?$/.test(end) && (end + this.#held + piece).includes(WHOLE_TAG);
      if (this.#mute) return '';
    }
    const text = this.#held + (this.#late?.push(piece) ?? piece);
    const from = this.#waiting(text);
    this.#held = text.slice(from);
    return this.#show(text.slice(0, from));
  }

  end(): string {
    const rest = untagged(this.#held).trimEnd();
    this.#held = '';
    const whole = this.#tornNoReply ? this.#begin + rest : rest;
    const silent = whole === NO_REPLY && (this.isEmpty || this.#tornNoReply);
    this.quiet = silent && this.isEmpty;
    return this.#show(silent ? '' : rest);
  }

  /** The index from which on the text may be the beginning of a directive. */
  #waiting(text: string): number {
    if (
      this.#tornNoReply
        ? this.#begin.length < NO_REPLY.length && this.#begin + text === NO_REPLY
        : this.isEmpty && NO_REPLY.startsWith(text)
    )
      return 0;
    if (this.#tornReplyTag) return text.trimEnd().length;
    return heldFrom(text, !this.#media);
  }

  #show(text: string): string {
    const media = this.#media ? text : text.replace(/(?:^|\n)MEDIA:.*/g, '');
    const bare = untagged(media);
    const visible = this.isEmpty ? bare.trimStart() : bare;
    this.#shown.add(visible);
    if (this.#begin.length <= NO_REPLY.length) this.#begin += visible.slice(0, NO_REPLY.length + 1);
    this.#tail = (this.#tail + visible.slice(-WHOLE_TAG.length)).slice(-WHOLE_TAG.length);
    return visible;
  }
}

const WHOLE_TAG = '[[reply_to_current]]';

/** Takes out lines that begin with `MEDIA:` as soon as a file is named, but not what was shown of them before that. */
class LateMedia {
  /** The current line, as far as it can tell. */
  #line = '';
  #shown = false;
  #out = false;

  push(piece: string): string {
    return piece
      .split(/(?<=\n)/)
      .map((part) => this.#part(part))
      .join('');
  }

  #part(part: string): string {
    const ends = part.endsWith('\n');
    const text = ends ? part.slice(0, -1) : part;
    if (this.#line.length < 64) this.#line += text;
    this.#out ||= /^MEDIA:\s*\S/.test(this.#line);
    const shown = this.#out ? '' : text;
    this.#shown ||= shown !== '';
    if (!ends) return shown;
    const end = this.#out && !this.#shown ? '' : '\n';
    this.#line = '';
    this.#shown = this.#out = false;
    return shown + end;
  }
}
