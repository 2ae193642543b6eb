import { OpenAI } from '@llamaindex/openai';
import { apiKey, baseURL, messages, model, tell } from './told.mjs';

const llm = new OpenAI({ model, apiKey, baseURL });
await tell(
  async function* () {
    for await (const chunk of await llm.chat({ messages, stream: true })) yield chunk.delta;
  },
  async () => (await llm.chat({ messages })).message.content,
);
