import OpenAI from 'openai';
import { messages, model, tell } from './told.mjs';

const client = new OpenAI();
await tell(
  async function* () {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) yield chunk.choices[0]?.delta?.content;
  },
  async () => (await client.chat.completions.create({ model, messages })).choices[0].message.content,
);
