/** A reference with its sessions in a file is killed under load and restarted, many times. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openState } from '../sessions/sqlite.ts';
import { ask, textOf } from './call.ts';
import { broken, type Part } from './part.ts';
import { random } from './random.ts';
import { startServer, type Server } from './server.ts';

/** The part: 5 kills, in full 60. */
export const lives: Part = {
  name: 'kill -9',
  async run(full, seed) {
    const load = full ? { lives: 60, users: 32, longestMs: 1_000 } : { lives: 5, users: 16, longestMs: 300 };
    const { kills, acknowledged, underway, lucky, lost, halves } = await survive(load, seed);
    return {
      figure:
        `${kills} under load, with --state: ${acknowledged} turns acknowledged, ${lost} lost, ${halves} partial ` +
        `(${lucky} of ${underway} underway were stored too)`,
      broken: broken({
        'nothing acknowledged is lost': lost === 0,
        'nothing is stored in part': halves === 0,
        'it was killed under load': acknowledged >= kills && underway >= kills,
      }),
    };
  },
};

/** The counts over all lives. */
export interface Survival {
  readonly kills: number;
  /** Turns whose answer was received completely. */
  readonly acknowledged: number;
  /** Turns underway when the process was killed. */
  readonly underway: number;
  /** Those of them that were stored: both outcomes are correct. */
  readonly lucky: number;
  /** Acknowledged turns that are missing in the file, out of order there, or unknown to the restarted reference. */
  readonly lost: number;
  /** Exchanges in the file that were not sent, or that are incomplete. */
  readonly halves: number;
}

/**
 * Starts, loads and kills a reference repeatedly, with one file of sessions.
 *
 * @param load.lives The number of kills.
 * @param load.users Concurrent users, each in its own session, half of them streaming.
 * @param load.longestMs The longest time from the first answer to the kill, in ms.
 * @param seed Of the times of the kills.
 */
export async function survive(
  load: { readonly lives: number; readonly users: number; readonly longestMs: number },
  seed: number,
): Promise<Survival> {
  const { users, longestMs } = load;
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-lives-'));
  const file = join(folder, 'state.db');
  const chance = random(seed);
  const sum = { kills: 0, acknowledged: 0, underway: 0, lucky: 0, lost: 0, halves: 0 };
  let talks: Talk[] = [];
  try {
    for (let life = 0; life <= load.lives; life++) {
      const server = await startServer(['--state', file]);
      for (const talk of talks) if (!(await talk.goesOn(server))) sum.lost += 1;
      if (life === load.lives) {
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

interface Turn {
  readonly word: string;
  readonly answer: string;
}

const PROMPT = 'Remember the code word: ';
const ANSWER = 'OK, I will remember it.';

/** One user's turns, one after the other until the reference is killed. */
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

  /** Compares the file with the answers, and adds to the counts. */
  weigh(kept: readonly Turn[], sum: { -readonly [K in keyof Survival]: Survival[K] }): void {
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

  /** Whether a restarted reference knows the last stored turn. */
  async goesOn(server: Server): Promise<boolean> {
    const answer = await ask(server, { text: 'Which code word?', user: this.user });
    return answer === (this.#last === undefined ? 'NONE' : `The code word is ${this.#last}.`);
  }
}

function inFile(file: string): Map<string, Turn[]> {
  const state = openState(file);
  const kept = new Map<string, Turn[]>();
  for (const { key, exchange } of state.entries()) {
    const user = key.slice(key.lastIndexOf(':') + 1);
    const [asked, answer] = exchange;
    const whole = exchange.length === 2 && asked?.role === 'user' && answer?.role === 'assistant';
    kept.set(user, [
      ...(kept.get(user) ?? []),
      { word: asked?.text.slice(PROMPT.length) ?? '', answer: whole ? answer.text : '' },
    ]);
  }
  state.close();
  return kept;
}
