/** A reference that keeps its sessions in a file is killed under load and started again, many times. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openState } from '../state.ts';
import { ask, textOf } from './call.ts';
import { broken, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, type Server } from './server.ts';

export const lives: Part = {
  name: 'kill -9',
  async run(full, seed) {
    const load = full ? { lives: 60, users: 32, longestMs: 1_000 } : { lives: 5, users: 16, longestMs: 300 };
    const { kills, acknowledged, underway, lucky, lost, halves } = await survive(load, seed);
    return {
      figure:
        `${kills} under load, with --state: ${acknowledged} turns acknowledged, ${lost} lost, ${halves} by half ` +
        `(${lucky} of ${underway} on their way were remembered too)`,
      broken: broken({
        'nothing acknowledged is lost': lost === 0,
        'nothing is there by half': halves === 0,
        'it was killed at work': acknowledged >= kills && underway >= kills,
      }),
    };
  },
};

export interface Survival {
  readonly kills: number;
  /** Turns whose answer was received whole. */
  readonly acknowledged: number;
  /** Turns on their way when the process was killed, and how many of them were remembered: either is right. */
  readonly underway: number;
  readonly lucky: number;
  /** Acknowledged turns that the file does not hold, that it holds out of order, or that a restarted reference forgot. */
  readonly lost: number;
  /** What the file holds and nobody said, or of an exchange only a part. */
  readonly halves: number;
}

/**
 * Lets a reference live and die.
 *
 * @param users How many talk at the same time, each in a session of its own, streaming and not.
 * @param longestMs A life lasts up to that long, counted from its first answer.
 */
export async function survive(
  load: { readonly lives: number; readonly users: number; readonly longestMs: number },
  seed: number,
): Promise<Survival> {
  const { lives, users, longestMs } = load;
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-lives-'));
  const file = join(folder, 'state.db');
  const chance = random(seed);
  const sum = { kills: 0, acknowledged: 0, underway: 0, lucky: 0, lost: 0, halves: 0 };
  let talks: Talk[] = [];
  try {
    for (let life = 0; life <= lives; life++) {
      const server = await startServer(['--state', file]);
      for (const talk of talks) if (!(await talk.goesOn(server))) sum.lost += 1;
      if (life === lives) {
        await server.kill();
        break;
      }
      talks = Array.from({ length: users }, (_, user) => new Talk(`user-${life}-${user}`, user % 2 === 0));
      const talking = talks.map((talk) => talk.talk(server));
      await Promise.race(talks.map((talk) => talk.begun));
      await wait(chance() * longestMs);
      await server.kill();
      await Promise.all(talking);
      sum.kills += 1;
      const kept = inFile(file);
      for (const talk of talks) talk.weigh(kept.get(talk.user) ?? [], sum);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return sum;
}

interface Said {
  readonly word: string;
  readonly answer: string;
}

const PROMPT = 'Remember the code word: ';
const ANSWER = 'OK, I will remember it.';

/** One user's words to a reference, one after the other until it dies. */
class Talk {
  readonly user: string;
  readonly #stream: boolean;
  readonly #begun = Promise.withResolvers<void>();
  readonly begun = this.#begun.promise;
  readonly #acknowledged: string[] = [];
  #underway: string | undefined;
  #last: string | undefined;

  constructor(user: string, stream: boolean) {
    this.user = user;
    this.#stream = stream;
  }

  async talk(server: Server): Promise<void> {
    for (let n = 0; ; n++) {
      const word = `${this.user}-${n}`;
      this.#underway = word;
      const answer = await ask(server, { text: PROMPT + word, user: this.user, stream: this.#stream }).catch(
        () => undefined,
      );
      if (answer === undefined || (this.#stream ? textOf(answer) : answer) !== ANSWER) return;
      this.#underway = undefined;
      this.#acknowledged.push(word);
      this.#begun.resolve();
    }
  }

  /** Lays what the file holds beside what was answered. */
  weigh(kept: readonly Said[], sum: { -readonly [K in keyof Survival]: Survival[K] }): void {
    const words = kept.filter(({ answer }) => answer === ANSWER).map(({ word }) => word);
    const extra = words.slice(this.#acknowledged.length);
    const lucky = extra.length === 1 && extra[0] === this.#underway;
    sum.acknowledged += this.#acknowledged.length;
    sum.lost += this.#acknowledged.filter((word, at) => words[at] !== word).length;
    sum.underway += this.#underway === undefined ? 0 : 1;
    sum.lucky += lucky ? 1 : 0;
    sum.halves += kept.length - words.length + (lucky ? 0 : extra.length);
    this.#last = words.at(-1);
  }

  /** Whether a reference that was started again knows what was said last. */
  async goesOn(server: Server): Promise<boolean> {
    const answer = await ask(server, { text: 'Which code word?', user: this.user });
    return answer === (this.#last === undefined ? 'NONE' : `The code word is ${this.#last}.`);
  }
}

function inFile(file: string): Map<string, Said[]> {
  const state = openState(file);
  const kept = new Map<string, Said[]>();
  for (const { key, exchange } of state.entries()) {
    const user = key.slice(key.lastIndexOf(':') + 1);
    const [said, answer] = exchange;
    const whole = exchange.length === 2 && said?.role === 'user' && answer?.role === 'assistant';
    kept.set(user, [
      ...(kept.get(user) ?? []),
      { word: said?.text.slice(PROMPT.length) ?? '', answer: whole ? answer.text : '' },
    ]);
  }
  state.close();
  return kept;
}
