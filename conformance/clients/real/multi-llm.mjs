// The console as it is when the library is loaded is the one that it prints to.
import { apiKey, baseURL, model, prompt, tell } from './told.mjs';
import { igniteEngine, Message } from 'multi-llm-ts';

const engine = igniteEngine('openai', { apiKey, baseURL });
const named = engine.buildModel(model);
const thread = [new Message('user', prompt)];
await tell(
  async function* () {
    for await (const chunk of engine.generate(named, thread)) if (chunk.type === 'content') yield chunk.text;
  },
  async () => (await engine.complete(named, thread)).content,
);
