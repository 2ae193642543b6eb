/** Clients that ask wrongly. */
import { KEY_HEADER } from '../../dial/headers.ts';
import { SOUND, type Message, type Question } from '../sound.ts';
import { wrong, type Wrong } from './wrong.ts';
import type { Given } from '../function.ts';

/** Changes the question of a sound client. */
function asks(
  it: string,
  fires: readonly string[],
  change: (question: Question, given: Given, prompt: string) => void,
): Wrong {
  return wrong(it, fires, {
    async question(prompt, given) {
      const question = await SOUND.question(prompt, given);
      change(question, given, prompt);
      return question;
    },
  });
}

const ANSWERS = ['answer.streamed', 'answer.whole'];
let calls = 0;

export const askingWrongly: readonly Wrong[] = [
  asks(
    'puts /v1 behind a base URL that has it',
    ['request.path'],
    (question, { baseURL }) => (question.url = `${baseURL}/v1/chat/completions`),
  ),
  asks('asks the Responses API', ['request.path'], (question, { baseURL }) => (question.url = `${baseURL}/responses`)),
  asks(
    'asks the API of another server',
    ['request.path'],
    (question, { baseURL }) => (question.url = baseURL.replace('/v1', '/api/chat')),
  ),
  asks('ends the path with a slash', ['request.path'], (question) => (question.url += '/')),
  asks('calls its JSON plain text', ['request.json'], ({ headers }) => (headers['content-type'] = 'text/plain')),
  asks('asks for the default model whatever was named', ['request.model'], ({ body }) => (body.model = 'openclaw')),
  asks('asks for another agent', ['request.model'], ({ body }) => (body.model = 'openclaw/beta')),
  asks('asks twice in one call', ['request.prompt'], ({ body: { messages } }) => messages.push(messages.at(-1)!)),
  asks(
    'cuts the prompt',
    ['request.prompt'],
    ({ body: { messages } }, _, prompt) => (messages[messages.length - 1] = { role: 'user', content: prompt.slice(5) }),
  ),
  asks('says something after the user', ['request.prompt'], ({ body: { messages } }, _, prompt) =>
    messages.push({ role: 'user', content: `Be brief about ${prompt.slice(9)}` }),
  ),
  asks(
    'puts the secret into the query',
    ['secrets.place'],
    (question, { apiKey }) => (question.url += `?key=${apiKey}`),
  ),
  asks(
    'sends the secret in a second header',
    ['secrets.place', 'secrets.redirect'],
    ({ headers }, { apiKey }) => (headers['x-api-key'] = apiKey),
  ),
  asks(
    'sends the secret in the body',
    ['secrets.place'],
    ({ body }, { apiKey }) => (body.metadata = { account: apiKey }),
  ),
  asks(
    'sends the secret in base64 in a cookie',
    ['secrets.place'],
    ({ headers }, { apiKey }) => (headers.cookie = `k=${btoa(apiKey)}`),
  ),
  asks(
    'sends the secret without its scheme',
    ['secrets.bearer', ...ANSWERS],
    ({ headers }, { apiKey }) => (headers.authorization = apiKey),
  ),
  asks(
    'sends the secret by Basic',
    ['secrets.bearer', ...ANSWERS],
    ({ headers }, { apiKey }) => (headers.authorization = `Basic ${btoa(`user:${apiKey}`)}`),
  ),
  asks(
    'sends another secret than it is told',
    ['secrets.bearer', ...ANSWERS],
    ({ headers }) => (headers.authorization = 'Bearer sk-of-a-test'),
  ),
  asks('sends one user for all conversations', ['conversation.other'], ({ body }) => {
    body.user = 'my-app';
    body.messages = body.messages.slice(-1);
  }),
  asks('sends one session key for all conversations', ['conversation.other'], ({ headers, body }) => {
    headers[KEY_HEADER] = 'my-app';
    body.messages = body.messages.slice(-1);
  }),
  asks('sends another user with every call', ['conversation.same'], ({ body }) => {
    body.user = `call-${calls++}`;
    body.messages = body.messages.slice(-1);
  }),
  asks(
    'sends what was said before to a session that remembers it',
    ['conversation.once'],
    ({ body }, { conversation }) => (body.user = conversation),
  ),
  asks(
    'sends what was said before to the session of a key',
    ['conversation.once'],
    ({ headers }, { conversation }) => (headers[KEY_HEADER] = conversation),
  ),
  asks(
    'sends what was said before twice',
    ['conversation.once'],
    ({ body }) => (body.messages = [...body.messages.slice(0, -1), ...body.messages]),
  ),
  asks('asks for a model that is not in the list', ['models.listed'], ({ body }, { model }) => {
    if (model === '') body.model = 'openclaw/made-up';
  }),
  asks('asks for no model after it listed them', ['models.listed'], ({ body }, { model }) => {
    if (model === '') body.model = '';
  }),
  image('sends the address of an image', () => 'https://example.com/pixel.png'),
  image('names another type of image', (url) => url.replace('image/png', 'image/jpeg')),
  image('sends the image without its type', (url) => url.slice(url.indexOf(',') + 1)),
  image('sends half of an image', (url) => url.slice(0, -24)),
  image('sends the path of the image', () => 'file:///tmp/pixel.png'),
];

interface ImagePart {
  readonly image_url?: { url: string };
}

/** Changes the URL of an image that is sent. */
function image(it: string, change: (url: string) => string): Wrong {
  return asks(it, ['images.data'], ({ body }) => {
    for (const { content } of body.messages as readonly Message[]) {
      for (const part of Array.isArray(content) ? (content as ImagePart[]) : []) {
        if (part.image_url) part.image_url.url = change(part.image_url.url);
      }
    }
  });
}
