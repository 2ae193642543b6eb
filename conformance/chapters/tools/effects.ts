/** What it changes of a call that functions are offered: nothing of its pace, and nothing of the calls behind it. */

import { expect } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { described, wordsIn } from '../../dial/reading.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { play, streamed } from '../../vocabulary/prompts.ts';
import { APART, best, burst } from '../streaming/pace.ts';
import { TIME, TOOLS, WEATHER } from './asking.ts';

/** Offers in each call of a user what an earlier one offered too. */
function remembering(): Liar {
  const offered = new Map<unknown, object[]>();
  return lie.asks((body) => {
    if (body?.user === undefined) return body;
    const tools = [...(offered.get(body.user) ?? []), ...(body.tools ?? [])];
    offered.set(body.user, tools);
    return tools.length > 0 ? { ...body, tools } : body;
  });
}

/** Offers in each call of a user what its first one offered. */
function keeping(): Liar {
  const first = new Map<unknown, unknown>();
  return lie.asks((body) => {
    if (body?.user === undefined) return body;
    if (!first.has(body.user)) first.set(body.user, body.tools);
    const { tools: _, ...others } = body;
    const tools = first.get(body.user);
    return tools ? { ...others, tools } : others;
  });
}

export const effects = [
  // A call might still follow, so gateways hold the words back until the run is over.
  kept('tools.incremental', {
    says: 'text arrives while the run still speaks, although functions are offered',
    needs: ['scripted'],
    async holds(dial) {
      const [first, last] = await best(
        async () => {
          const words = wordsIn(await streamed(dial, `${play('spoken')} ${dial.nonce}`, { tools: TOOLS }));
          return [words[0].at, words.at(-1)!.at] as const;
        },
        ([from, to]) => to - from >= APART,
      );
      expect(
        last - first >= APART,
        `at least ${APART} of the 800 ms between the first and the last word`,
        `the first after ${Math.round(first)} ms, the last after ${Math.round(last)} ms`,
      );
    },
    catches: {
      'holds words back where functions are offered': lie.aboutRequest(/"tools":\[/, burst),
      'answers when all is said where functions are offered': lie.aboutRequest(
        /"tools":\[/,
        lie.wholeStream((text) => text),
      ),
      'holds words back in every stream': burst,
    },
  }),
  kept('tools.each-call', {
    says: 'the functions of a call are offered in its own run, and in none behind it',
    needs: ['probe'],
    situations: [{ naming: 'user' }, { naming: 'user', mode: 'streamed' }, { naming: 'key' }],
    async holds(dial) {
      const foreign: readonly [readonly object[], RegExp][] = [
        [[WEATHER], /kit_time/],
        [[TIME], /kit_weather/],
        [[], /kit_/],
      ];
      for (const [at, [tools, other]] of foreign.entries()) {
        const tag = `${at}-${dial.nonce}`;
        const exchange = await dial.send(dial.body(`Say hello. ${tag}`, tools.length > 0 ? { tools } : {}));
        const [run] = dial.probe.asked(tag);
        expect(run !== undefined, 'a run of the model', described(exchange));
        const wrong = run.tools.filter((name) => other.test(name));
        expect(wrong.length === 0, 'the functions of this call alone', wrong.join(', '));
      }
    },
    catches: {
      'offers those of earlier calls too': remembering(),
      'offers those of the first call': keeping(),
      'offers those of streams in later streams': lie.aboutStreams(remembering()),
    },
  }),
];
