/** The command line of the command that judges clients. */
import { invocation } from '../reports/invocation.ts';
import type { CommandTable, Flags } from './command-line.ts';

const FLAGS = {
  only: {
    value: 'ID',
    many: true,
    says: 'only the requirements of that id or chapter; repeatable, * matches anything',
  },
  gateway: {
    value: 'ID',
    many: true,
    says: 'put these wrong gateways of CONTRACT.md in front of it instead, by "requirement: what is wrong" or what they break; repeatable',
  },
  jobs: { value: 'N', whole: [1, 64], default: 4, says: 'runs at once' },
  patience: {
    value: 'SECONDS',
    whole: [1, 600],
    default: 15,
    says: "how long the client may take after the server's last byte, its own pauses between attempts included",
  },
  waivers: { value: 'FILE', says: 'known failures: { waivers: [{ id, reason, dated, … }] }' },
  strict: { says: 'count a SHOULD that is not followed as a violation' },
  out: { value: 'DIR', says: 'write the verdicts to DIR/client.json' },
  list: { says: 'print every requirement of clients, and end' },
} as const satisfies Flags;

/** The command and its flags. */
export const CLIENT = {
  invocation: invocation('client'),
  says: `Judges a client of an OpenAI-compatible endpoint, in any language: runs COMMAND once for each trial, against a server of its own on 127.0.0.1 that answers as the trial has it, and judges what the client sent, what it printed and how it ended.`,
  operands: '-- COMMAND [ARGUMENT...]',
  flags: FLAGS,
  more: `The client asks one question, prints the answer to standard output and nothing else, and ends with a code other than 0
when it failed, with the reason in its output. Its environment has:
  OPENAI_BASE_URL, OPENAI_API_KEY  where to ask, and the secret; OPENCLAW_GATEWAY_TOKEN is the same secret
  KIT_PROMPT                       the question; {prompt} in an argument is replaced by it too
  KIT_MODEL                        the model to ask for
What else it can do is judged when it heeds these, and is told as not observed otherwise:
  KIT_STREAM                       1: ask for a stream, 0: for a whole answer
  KIT_CONVERSATION, KIT_HISTORY    which conversation it is; what was said before, as [{ "role", "content" }, …]
  KIT_TOOL                         offer a function of this name, which takes { "text": string } and returns the text
  KIT_IMAGE                        send this PNG file with the question
  KIT_TIMEOUT_MS                   give up a silent server after so many milliseconds

Example: ${invocation('client')} -- node my-client.mjs

Exit: 0 no MUST is broken, 1 one is, 2 wrong usage, 3 nothing could be judged.
With --gateway: 0 the right answer behind each, and a failure where the agent fails; 1 otherwise; 3 it met none.`,
} satisfies CommandTable;
