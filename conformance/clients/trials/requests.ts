/** What a client sends: where, which model, which words, which image. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, Violation, Words } from '../../dial/expectation.ts';
import { brief, expectAnswer, Unseen } from '../stage.ts';
import type { Seen } from '../stand.ts';
import { BOTH, PAGE, type Trial, type Watched } from '../trial.ts';

const API = 'https://platform.openai.com/docs/api-reference/chat/create';

/** What every request of every trial is held against. */
export const requestWatched: readonly Watched[] = [
  {
    id: 'request.path',
    level: 'MUST',
    says: 'calls go to /chat/completions under the base URL, which ends with /v1',
    source: `${PAGE}#endpoint`,
    kept({ requests, calls }) {
      const wrong = requests.find(
        ({ method, url }) => method === 'POST' && url.split('?')[0] !== '/v1/chat/completions',
      );
      if (wrong) throw new Violation('POST /v1/chat/completions', `POST ${wrong.url.split('?')[0]!.slice(0, 80)}`);
      return calls.length > 0;
    },
  },
  {
    id: 'request.json',
    level: 'MUST',
    says: 'a call is JSON, and its content type says so',
    source: API,
    kept({ calls }) {
      for (const { headers, json } of calls) {
        expect(json !== undefined, 'a JSON object', new Words('something else'));
        const type = headers.find(([name]) => name === 'content-type')?.[1] ?? 'none';
        expect(/^application\/json\b/i.test(type), 'content type application/json', type);
      }
      return calls.length > 0;
    },
  },
  {
    id: 'request.model',
    level: 'MUST',
    says: 'the model that the user named is asked for, letter by letter',
    source: `${PAGE}#agent-first-model-contract`,
    kept({ calls, asked: { model } }) {
      if (model === '') return false;
      for (const { json } of calls) expect(json?.model === model, `model ${model}`, json?.model);
      return calls.length > 0;
    },
  },
  {
    id: 'request.prompt',
    level: 'MUST',
    says: 'the newest message of the user is what the user said, once',
    source: API,
    kept({ calls, asked: { prompt } }) {
      for (const call of calls) {
        const said = messagesIn(call)
          .filter(({ role }) => role === 'user')
          .map(({ text }) => text);
        expect(said.at(-1)?.includes(prompt) === true, `the prompt in the last message of the user`, said.at(-1));
        const times = said.filter((text) => text.includes(prompt)).length;
        expect(times === 1, 'the prompt once', new Words(`${times} times`));
      }
      return calls.length > 0;
    },
  },
];

/** A message of a request, as a trial reads it. */
export interface Message {
  readonly role: unknown;
  /** The text of its content, of the parts too. */
  readonly text: string;
  readonly content: unknown;
  readonly [name: string]: unknown;
}

/** The messages of a call; what is none is left out. */
export function messagesIn({ json }: Seen): Message[] {
  const messages = Array.isArray(json?.messages) ? (json.messages as unknown[]) : [];
  return messages.flatMap((message) => {
    if (typeof message !== 'object' || message === null) return [];
    const { role, content } = message as { role?: unknown; content?: unknown };
    return [{ ...message, role, content, text: textOf(content) }];
  });
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

/** What the reference lists. */
const LISTED: readonly unknown[] = ['openclaw', 'openclaw/default', 'openclaw/main', 'openclaw/beta'];
const IMAGE = fileURLToPath(new URL('../../../fixtures/pixel.png', import.meta.url));

/** Trials of `request.*`, `models.*` and `images.*`. */
export const requestTrials: readonly Trial[] = [
  {
    id: 'models.listed',
    level: 'SHOULD',
    says: 'without a model of the user (KIT_MODEL is empty) it asks for one that /v1/models lists',
    source: `${PAGE}#model-list-and-agent-routing`,
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({ call: { model: '' }, any: true });
      if (!run.requests.some(({ method, url }) => method === 'GET' && /^\/v1\/models\b/.test(url)))
        throw new Unseen('the client does not list models');
      const model = run.calls[0]?.json?.model;
      if (run.calls.length === 0) throw new Unseen('the client listed models and asked nothing');
      expect(typeof model === 'string' && LISTED.includes(model), `one of ${LISTED.join(', ')}`, model);
      expectAnswer(run);
    },
  },
  {
    id: 'images.data',
    level: 'MUST',
    says: 'an image (KIT_IMAGE) is sent as a data URI with its type and all of its bytes',
    source: 'https://github.com/openclaw/openclaw/pull/34068',
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({ call: { image: IMAGE } });
      const parts = messagesIn(run.calls[0]!).flatMap(({ content }) =>
        Array.isArray(content) ? (content as { type?: unknown; image_url?: { url?: unknown } }[]) : [],
      );
      const image = parts.find((part) => part?.type === 'image_url');
      if (image === undefined) throw new Unseen('the client sends no image');
      const url = image.image_url?.url;
      const [head, data] = typeof url === 'string' ? url.split(/,(.*)/s) : [];
      expect(
        /^data:image\/png(?:;[^,]*)?;base64$/.test(head ?? ''),
        'a URL that begins with data:image/png;base64,',
        brief(String(url)),
      );
      expect(
        Buffer.from(data ?? '', 'base64').equals(readFileSync(IMAGE)),
        'the bytes of the image',
        new Words(`${Buffer.from(data ?? '', 'base64').length} other bytes`),
      );
      expectAnswer(run);
    },
  },
];
