import { Portkey } from 'portkey-ai';
import { apiKey, baseURL, messages, model, tell } from './told.mjs';

const client = new Portkey({ baseURL, Authorization: `Bearer ${apiKey}` });
await tell(
  async function* () {
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      yield chunk.choices[0]?.delta?.content;
    }
  },
  async () => (await client.chat.completions.create({ model, messages })).choices[0].message.content,
);
