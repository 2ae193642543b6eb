import { ChatGPTAPI } from 'chatgpt';
import { apiKey, baseURL, model, prompt, tell } from './told.mjs';

const api = new ChatGPTAPI({ apiKey, apiBaseUrl: baseURL, completionParams: { model } });
await tell(
  async () => {
    await api.sendMessage(prompt, { onProgress: ({ delta }) => process.stdout.write(delta ?? '') });
    return [];
  },
  async () => (await api.sendMessage(prompt)).text,
);
