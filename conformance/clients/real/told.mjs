/** What the programs here share: each is the shortest use of a library that its documentation shows. */

const { KIT_PROMPT, KIT_MODEL, KIT_STREAM, OPENAI_BASE_URL, OPENAI_API_KEY } = process.env;

// Some libraries print what they do.
Object.assign(console, { log: aside, info: aside, debug: aside });

function aside(...words) {
  process.stderr.write(`${words.join(' ')}\n`);
}

export const [prompt, model, baseURL, apiKey] = [KIT_PROMPT, KIT_MODEL, OPENAI_BASE_URL, OPENAI_API_KEY];
export const messages = [{ role: 'user', content: KIT_PROMPT }];

/** Prints the pieces of a stream, or a whole answer; tells an error by its message and an exit code. */
export async function tell(streamed, whole) {
  try {
    if (KIT_STREAM === '1') for await (const piece of await streamed()) process.stdout.write(piece ?? '');
    else process.stdout.write((await whole()) ?? '');
  } catch (error) {
    process.stderr.write(`${error?.message ?? error}\n`);
    process.exitCode = 1;
  }
  // Some libraries keep a process alive for a while.
  process.stdout.write('', () => process.exit());
}
