import { TokenJS } from 'token.js';
import { apiKey, baseURL, messages, model, tell } from './told.mjs';

const client = new TokenJS({ apiKey, baseURL });
const provider = 'openai-compatible';
await tell(
  async function* () {
    for await (const chunk of await client.chat.completions.create({ provider, model, messages, stream: true })) {
      yield chunk.choices[0]?.delta?.content;
    }
  },
  async () => (await client.chat.completions.create({ provider, model, messages })).choices[0].message.content,
);
