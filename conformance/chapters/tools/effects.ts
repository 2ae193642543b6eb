/** What it changes of a call that functions are offered: nothing of its pace, and nothing of the calls behind it. */

import { expect } from '../../dial/expectation.ts';
import { described } from '../../dial/reading.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { burst, expectApart } from '../streaming/pace.ts';
import { TIME, TOOLS, WEATHER } from './asking.ts';

/** The cases, in the order of the contract. */
export const effects = [
  // A call might still follow, so gateways hold the words back until the run is over.
  kept('tools.incremental', {
    says: 'text arrives while the run still speaks, although functions are offered',
    needs: ['scripted'],
    async holds(dial) {
      await expectApart(dial, { tools: TOOLS });
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
        [[WEATHER], /kit-time/],
        [[TIME], /kit_weather/],
        [[], /kit./],
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
      'offers those of the first call': lie.sticky(['tools'], ({ user }) => user),
      'offers those of the last call that had some': lie.sticky(['tools'], ({ user }) => user, true),
      'offers those of the first stream in later ones': lie.aboutStreams(lie.sticky(['tools'], ({ user }) => user)),
    },
  }),
];
