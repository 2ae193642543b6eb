/** The floor: the least that a node:http server must do to give the answers. */

import { createServer, type ServerResponse } from 'node:http';
import { asksForHanging, chunks, completion, type Asked } from '../answer.ts';

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => (text += piece));
  request.on('end', () => answer(JSON.parse(text) as Asked, response));
});

function answer(asked: Asked, response: ServerResponse): void {
  if (asked.stream !== true) {
    const body = JSON.stringify(completion(asked));
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (const chunk of chunks(asked)) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  if (!asksForHanging(asked)) response.end('data: [DONE]\n\n');
}

const port = Number(process.argv[2]);
server.listen(port, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${port}\n`));
