/** Requests to a reference, over keep-alive connections. */

import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { TOKEN, type Server } from './server.ts';

/** A request with one user message. */
export interface Call {
  readonly text: string;
  readonly user?: string;
  readonly stream?: boolean;
  /** Whether only the first half of the body is sent. Default: false. */
  readonly half?: boolean;
}

const agent = new Agent({ keepAlive: true });

/** Sends a request. The response is an event of the result. */
export function send({ url }: Server, { text, user, stream = false, half = false }: Call): ClientRequest {
  const body = JSON.stringify({ model: 'openclaw', stream, user, messages: [{ role: 'user', content: text }] });
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Length': Buffer.byteLength(body) };
  const call = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers });
  if (half) call.write(body.slice(0, body.length / 2));
  else call.end(body);
  return call;
}

/**
 * Sends a request and reads the whole response.
 *
 * @returns The body of a stream, or the text of a completion.
 * @throws {Error} when the connection is cut or the body is not a completion.
 */
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

/** The text of a stream's body; undefined when it is not complete or not well formed. */
export function textOf(body: string): string | undefined {
  if (!/^(?:data: \{[^\n]*\}\n\n)+data: \[DONE\]\n\n$/.test(body)) return undefined;
  const chunks = body.slice(6, -2).split('\n\ndata: ').slice(0, -1);
  return chunks
    .map(
      (chunk) => (JSON.parse(chunk) as { choices: [{ delta: { content?: string } }] }).choices[0].delta.content ?? '',
    )
    .join('');
}

/** Closes the idle connections. */
export function hangUp(): void {
  agent.destroy();
}
