import OpenAI from 'openai';
import { messages, model, tell } from './told.mjs';

const client = new OpenAI();
await tell(
  async () => {
    const stream = client.chat.completions.stream({ model, messages });
    stream.on('content', (delta) => process.stdout.write(delta));
    await stream.finalContent();
    return [];
  },
  async () => (await client.chat.completions.create({ model, messages })).choices[0].message.content,
);
