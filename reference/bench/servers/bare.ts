/** The libraries of the reference without the reference: Koa, its router, koa-body. */

import Router from '@koa/router';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { asksForHanging, chunks, completion, type Asked } from '../answer.ts';

const router = new Router();
router.post('/v1/chat/completions', (ctx) => {
  const asked = ctx.request.body as unknown as Asked;
  if (asked.stream !== true) {
    ctx.body = completion(asked);
    return;
  }
  ctx.respond = false;
  const response = ctx.res;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (const chunk of chunks(asked)) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  if (!asksForHanging(asked)) response.end('data: [DONE]\n\n');
});

const app = new Koa();
app.use(koaBody({ text: false, urlencoded: false })).use(router.routes());
const port = Number(process.argv[2]);
app.listen(port, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${port}\n`));
