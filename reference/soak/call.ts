/** Calls of a reference, over connections that are kept. */

import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Server } from './server.ts';
import { TOKEN } from './server.ts';

export interface Call {
  readonly text: string;
  readonly user?: string;
  readonly stream?: boolean;
  /** Whether the second half of the body never comes. Default: false. */
  readonly half?: boolean;
}

const agent = new Agent({ keepAlive: true });

/** Sends a call; whoever asked listens for the answer himself. */
export function send({ url }: Server, { text, user, stream = false, half = false }: Call): ClientRequest {
  const body = JSON.stringify({ model: 'openclaw', stream, user, messages: [{ role: 'user', content: text }] });
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Length': Buffer.byteLength(body) };
  const call = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers });
  if (half) call.write(body.slice(0, body.length / 2));
  else call.end(body);
  return call;
}

/** An answer that came whole: the body of a stream, or what a completion says. Anything else is thrown. */
export async function ask(server: Server, call: Call): Promise<string> {
  const body = await new Promise<string>((resolve, reject) => {
    send(server, call)
      .on('error', reject)
      .on('response', (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('error', reject).on('end', () => resolve(text));
      });
  });
  if (call.stream === true) return body;
  return (JSON.parse(body) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
}

/** What a stream says, by its frames; undefined when it is not whole or not well formed. */
export function textOf(body: string): string | undefined {
  if (!/^(?:data: \{[^\n]*\}\n\n)+data: \[DONE\]\n\n$/.test(body)) return undefined;
  const chunks = body.slice(6, -2).split('\n\ndata: ').slice(0, -1);
  return chunks
    .map(
      (chunk) => (JSON.parse(chunk) as { choices: [{ delta: { content?: string } }] }).choices[0].delta.content ?? '',
    )
    .join('');
}

/** Lets go of the connections that were kept. */
export function hangUp(): void {
  agent.destroy();
}
