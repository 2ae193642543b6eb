import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { model, prompt, tell } from './told.mjs';

setTracingDisabled(true);
const { KIT_TOOL } = process.env;
const echo = tool({
  name: KIT_TOOL || 'echo',
  description: 'Returns the text.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: true,
  },
  execute: async ({ text }) => text,
});
const agent = new Agent({
  name: 'client',
  model: new OpenAIChatCompletionsModel(new OpenAI(), model),
  tools: KIT_TOOL ? [echo] : [],
});
await tell(
  async function* () {
    const result = await run(agent, prompt, { stream: true });
    yield* result.toTextStream();
    await result.completed;
  },
  async () => (await run(agent, prompt)).finalOutput,
);
