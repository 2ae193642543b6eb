import { apiKey, baseURL, messages, model, tell } from './told.mjs';

async function ask(stream) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}

await tell(
  async function* () {
    let rest = '';
    for await (const piece of (await ask(true)).body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + piece).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        if (event === 'data: [DONE]') return;
        yield JSON.parse(event.slice('data: '.length)).choices[0]?.delta?.content;
      }
    }
    throw new Error('The stream ended before [DONE].');
  },
  async () => (await (await ask(false)).json()).choices[0].message.content,
);
