/** The official SDK for JavaScript, as a command: `npm run client -- -- node conformance/clients/examples/openai.mjs`. */
import OpenAI from 'openai';

const { KIT_PROMPT, KIT_MODEL, KIT_STREAM, KIT_TIMEOUT_MS } = process.env;

const client = new OpenAI({ ...(KIT_TIMEOUT_MS && { timeout: Number(KIT_TIMEOUT_MS), maxRetries: 0 }) });
const model = KIT_MODEL || (await client.models.list()).data[0].id;
const messages = [{ role: 'user', content: KIT_PROMPT }];
try {
  if (KIT_STREAM === '1') {
    const stream = client.chat.completions.stream({ model, messages });
    stream.on('content', (delta) => process.stdout.write(delta));
    const answer = await stream.finalChatCompletion();
    if (!answer.choices[0]?.message.content) throw new Error('The stream has no answer.');
  } else {
    const answer = await client.chat.completions.create({ model, messages });
    if (answer.error) throw new Error(answer.error.message);
    process.stdout.write(answer.choices[0].message.content);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
