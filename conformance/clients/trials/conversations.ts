/** What a client says of its conversations. */
import { expect, Words } from '../../dial/expectation.ts';
import { KEY_HEADER } from '../../dial/headers.ts';
import { expectAnswer, Unseen, type Stage } from '../stage.ts';
import type { Seen } from '../stand.ts';
import { BOTH, PAGE, type Trial } from '../trial.ts';
import { messagesIn } from './requests.ts';

/** By what a call names its session; undefined when by nothing. */
function sessionOf({ json, headers }: Seen): string | undefined {
  const key = headers.find(([name, value]) => name === KEY_HEADER && value.trim() !== '')?.[1];
  if (key !== undefined) return `key ${key}`;
  return typeof json?.user === 'string' && json.user !== '' ? `user ${json.user}` : undefined;
}

const EARLIER = [
  { role: 'user', content: 'Remember the colour of my boat: vermilion.' },
  { role: 'assistant', content: 'I will remember it.' },
] as const;

async function turn(stage: Stage, conversation: string, history: typeof EARLIER | readonly [] = []): Promise<Seen> {
  const run = await stage.run({ call: { conversation, history } });
  expectAnswer(run);
  return run.calls[0]!;
}

const NO_SESSION = 'the client names no session: neither user nor x-openclaw-session-key';

/** Trials of `conversation.*`. */
export const conversationTrials: readonly Trial[] = [
  {
    id: 'conversation.same',
    level: 'MUST',
    says: 'the calls of one conversation (KIT_CONVERSATION) have one user or session key',
    source: `${PAGE}#session-behavior`,
    modes: BOTH,
    needs: 'sessions',
    async holds(stage) {
      const [first, second] = [await turn(stage, 'harbour'), await turn(stage, 'harbour')].map(sessionOf);
      if (first === undefined && second === undefined) throw new Unseen(NO_SESSION);
      expect(first === second, 'one session for one conversation', new Words(`${first} and ${second}`));
    },
  },
  {
    id: 'conversation.other',
    level: 'MUST',
    says: 'another conversation has another user or session key',
    source: 'https://github.com/openclaw/openclaw/issues/126461',
    modes: BOTH,
    needs: 'sessions',
    async holds(stage) {
      const [first, second] = [await turn(stage, 'harbour'), await turn(stage, 'island')].map(sessionOf);
      if (first === undefined && second === undefined) throw new Unseen(NO_SESSION);
      expect(first !== second, 'a session for each conversation', new Words(`${first} in both`));
    },
  },
  {
    id: 'conversation.once',
    level: 'MUST',
    says: 'what was said before (KIT_HISTORY) is told once: in the messages, or by the session that remembers it',
    source: 'https://github.com/openclaw/openclaw/issues/78091',
    modes: BOTH,
    async holds(stage) {
      const call = await turn(stage, 'harbour', EARLIER);
      const told = messagesIn(call).filter(({ text }) => text.includes(EARLIER[0].content)).length;
      const session = sessionOf(call);
      if (told === 0 && session === undefined) throw new Unseen('the client sends nothing of what was said before');
      expect(
        told === 0 || session === undefined,
        'earlier messages or a session',
        new Words(`both: ${told} and ${session}`),
      );
      expect(told <= 1, 'earlier messages once', new Words(`${told} times`));
      return told === 1 ? 'in the messages' : 'by the session';
    },
  },
];
