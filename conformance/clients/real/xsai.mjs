import { generateText, streamText } from 'xsai';
import { apiKey, baseURL, messages, model, tell } from './told.mjs';

await tell(
  () => streamText({ apiKey, baseURL, model, messages }).textStream,
  async () => (await generateText({ apiKey, baseURL, model, messages })).text,
);
