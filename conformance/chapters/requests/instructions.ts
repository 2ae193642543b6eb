/** System and developer messages, as the model provider behind the gateway sees them. */

import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { EITHER_MODE_OR_USER } from '../../vocabulary/situations.ts';
import { messages } from './liars.ts';

/** Expects a message of that role among the instructions of its own call, in no turn, and not in the next call. */
async function instructs(dial: Dial, role: string): Promise<void> {
  const [rule, first, next] = [`rule-${dial.nonce}`, `first-${dial.nonce}`, `next-${dial.nonce}`];
  const call = { body: { user: `ann-${dial.nonce}` } };
  const instruction = { role, content: `Be brief. Your rule is ${rule}.` };
  const answers = [
    await dial.ask([instruction, { role: 'user', content: `Say hello. ${first}` }], call),
    await dial.ask([{ role: 'user', content: `Say it again. ${next}` }], call),
  ];
  for (const { text } of answers) expect(text !== '', 'an answer', text);
  const [run, later] = [dial.probe.asked(first)[0], dial.probe.asked(next)[0]];
  expect(run !== undefined && later !== undefined, 'a run behind each answer', 'none');
  expect(run.instructions.includes(rule), `the ${role} message among the instructions`, run.instructions.slice(-80));
  const turns = [...run.history.map(({ text }) => text), run.prompt];
  expect(!turns.some((text) => text.includes(rule)), `the ${role} message in no turn`, turns);
  expect(!later.text.includes(rule), `the ${role} message to be forgotten by the next call`, later.text.slice(-160));
}

const isInstruction = ({ role }: Json): boolean => role === 'system' || role === 'developer';

/** Repeats the instructions of a user's earlier calls in each later one. */
function remembers(): Mutant {
  const rules = new Map<string, readonly Json[]>();
  return async (request, faithful) => {
    const body = await lie.bodyOf(request);
    if (typeof body?.user !== 'string' || !Array.isArray(body.messages)) return faithful(request);
    const known = rules.get(body.user) ?? [];
    rules.set(body.user, [...known, ...body.messages.filter(isInstruction)]);
    return faithful(lie.withBody(request, JSON.stringify({ ...body, messages: [...known, ...body.messages] })));
  };
}

/**
 * `requests.system`, `requests.developer`. A rule that stays in the session applies to calls that do not contain it: a
 * client that changes its system message would be answered under both.
 */
export const instructions = ['system', 'developer'].map((role) =>
  kept(`requests.${role}`, {
    says: `${role} messages instruct the agent for this call, and are no turns`,
    source: 'https://platform.openai.com/docs/api-reference/chat/create',
    needs: ['probe'],
    core: false,
    situations: EITHER_MODE_OR_USER,
    holds: (dial) => instructs(dial, role),
    catches: {
      'drops them': messages((list) => list.filter((message) => message.role !== role)),
      'takes them for turns': messages((list) =>
        list.map((message) => (message.role === role ? { ...message, role: 'user' } : message)),
      ),
      'remembers them': remembers(),
      'drops them when it streams': lie.aboutStreams(
        messages((list) => list.filter((message) => message.role !== role)),
      ),
    },
  }),
);
