import { ChatOpenAI } from '@langchain/openai';
import { baseURL, model, prompt, tell } from './told.mjs';

const chat = new ChatOpenAI({ model, maxRetries: 2, configuration: { baseURL } });
await tell(
  async function* () {
    for await (const chunk of await chat.stream(prompt)) yield chunk.content;
  },
  async () => (await chat.invoke(prompt)).content,
);
