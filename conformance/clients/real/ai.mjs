import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';
import { apiKey, baseURL, model, prompt, tell } from './told.mjs';

const provider = createOpenAICompatible({ name: 'gateway', baseURL, apiKey });
await tell(
  async function* () {
    let failure;
    const { fullStream } = streamText({ model: provider(model), prompt, onError: () => {} });
    for await (const part of fullStream) {
      if (part.type === 'text-delta') yield part.text;
      if (part.type === 'error') failure = part.error;
    }
    if (failure) throw failure;
  },
  async () => (await generateText({ model: provider(model), prompt })).text,
);
