/** Images in messages: which the model is shown, which are refused, and that nothing is fetched for them. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import refused from '../../fixtures/bad-images.json' with { type: 'json' };
import table from '../../fixtures/images.json' with { type: 'json' };
import hidden from '../../fixtures/private-images.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf } from '../dial/reading.ts';
import { chapter, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { expectInvalid } from '../vocabulary/refusal.ts';
import { EITHER_MODE_OR_USER } from '../vocabulary/situations.ts';
import type { Exchange } from '../wire/exchange.ts';

/** The first release of `fixtures/releases.json` after the change. */
const READ = '2026.3.13';
const MOST = 8;
const MiB = 1024 * 1024;

const [PNG, , GIF] = table.rows.map(({ part }) => part) as [object, object, object];
const shown = (url: unknown): object => ({ type: 'image_url', image_url: { url } });
const message = (dial: Dial, ...parts: readonly object[]): object => ({
  role: 'user',
  content: [{ type: 'text', text: `Say hello. ${dial.nonce}` }, ...parts],
});
const send = (dial: Dial, ...messages: readonly object[]): Promise<Exchange> => dial.send(dial.body(messages));

/** The images that the model was shown in the run of a case. */
function seenBy(dial: Dial, exchange: Exchange): readonly string[] {
  const [run] = dial.probe.asked(dial.nonce);
  expect(run !== undefined, 'a run of the model', described(exchange));
  return run.images;
}
/** An image as its media type, which no case matters to. */
const kindOf = (url: string): string => /^data:([^;,]+)/.exec(url)?.[1]?.toLowerCase() ?? url.slice(0, 40);

const isImage = (part: Json): boolean => part?.type === 'image_url';
/** Edits the parts of each message before the gateway sees them. */
const parts = (edit: (parts: Json[], message: Json) => Json[]): Liar =>
  lie.asks((body) => ({
    ...body,
    messages: body?.messages?.map((one: Json) =>
      Array.isArray(one?.content) ? { ...one, content: edit(one.content, one) } : one,
    ),
  }));
/** Edits the images of each message; its texts come first. */
const imagesOf = (edit: (images: Json[]) => Json[]): Liar =>
  parts((list) => [...list.filter((part) => !isImage(part)), ...edit(list.filter(isImage))]);
const blind = parts((list) => list.filter((part) => !isImage(part)));
const asksImage = (liar: Liar): Liar => lie.aboutRequest(/"type":"image_url"/, liar);
const refuses = (status: number, type = 'invalid_request_error'): Liar =>
  asksImage(async () => lie.answer(status, { error: { message: 'No', type } }));

/** Asks for the image of a call, as a gateway that fetches it, and goes on with what the gateway says. */
const fetches: Liar = async (request, faithful) => {
  const url = (await lie.bodyOf(request))?.messages?.at(-1)?.content?.find?.(isImage)?.image_url?.url;
  if (URL.canParse(url) && String(url).startsWith('http:'))
    await fetch(url.replace('example.com@', '')).catch(() => undefined);
  return faithful(request);
};

/** Counts requests to a server on this machine while `ask` runs. */
async function trapped(ask: (port: number) => Promise<void>): Promise<number> {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits++;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await ask((server.address() as AddressInfo).port);
    return hits;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export default chapter('images', 'Request limits', {
  section: '#request-limits',
  since: READ,
  needs: ['images'],
  cases: [
    must('images.accepted', {
      says: 'a message of a text and an image is answered',
      core: true,
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const exchange = await send(dial, message(dial, PNG));
        expectEqual(exchange.status, 200, 'an answer with status');
      },
      catches: {
        'refuses every image': refuses(400),
        'breaks on images': refuses(500, 'api_error'),
        'refuses images of streams': lie.aboutStreams(refuses(400)),
      },
    }),
    ...(table.rows as readonly { id: string; what: string; part: object; type: string }[]).map(
      ({ id, what, part, type }) =>
        must(`images.reach.${id}`, {
          says: `the model is shown ${what}`,
          needs: ['probe'],
          situations: EITHER_MODE_OR_USER,
          async holds(dial) {
            const exchange = await send(dial, message(dial, part));
            const images = seenBy(dial, exchange).map(kindOf);
            expectEqual(images.join(', '), type, 'the images that the model is shown,');
          },
          catches: {
            'drops images': blind,
            'drops images of streams': lie.aboutStreams(blind),
            'shows another image': parts((list) =>
              list.map((one) => (isImage(one) ? (type === 'image/gif' ? PNG : GIF) : one)),
            ),
            'shows it twice': parts((list) => list.flatMap((one) => (isImage(one) ? [one, one] : [one]))),
          },
        }),
    ),
    must('images.alone', {
      says: 'a message of an image without any text is a message',
      needs: ['probe', 'scripted'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const instruction = { role: 'system', content: `Say hello. ${dial.nonce}` };
        const exchange = await send(dial, instruction, { role: 'user', content: [PNG] });
        expectEqual(exchange.status, 200, 'an answer with status');
        expectEqual(seenBy(dial, exchange).length, 1, 'images that the model is shown,');
      },
      catches: {
        'wants a text': asksImage(async (request, faithful) =>
          JSON.stringify((await lie.bodyOf(request))?.messages?.at(-1)).includes('"text"')
            ? faithful(request)
            : lie.answer(400, { error: { message: 'Missing user message', type: 'invalid_request_error' } }),
        ),
        'makes a text of it': parts((list) => (list.every(isImage) ? [{ type: 'text', text: 'An image.' }] : list)),
        'drops images of streams': lie.aboutStreams(blind),
      },
    }),
    // Anthropic advises to show the image before the question.
    must('images.text-around', {
      says: 'text behind and between images reaches the model as text in front of them does',
      needs: ['probe'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const text = (place: string): object => ({ type: 'text', text: `${place}-${dial.nonce}.` });
        const content = [PNG, text('between'), GIF, text('behind')];
        const exchange = await send(dial, { role: 'user', content });
        expectEqual(seenBy(dial, exchange).length, 2, 'images that the model is shown,');
        const said = dial.probe.asked(dial.nonce)[0]!.text;
        for (const place of ['between', 'behind'])
          expect(said.includes(`${place}-${dial.nonce}`), `the text ${place} the images`, 'none');
      },
      catches: {
        'drops text behind an image': parts((list) =>
          list.filter((one, at) => isImage(one) || at < list.findIndex(isImage)),
        ),
        'drops text behind the last image': parts((list) =>
          list.slice(0, list.findLastIndex(isImage) + 1 || list.length),
        ),
        'keeps the last text alone': parts((list) =>
          list.filter((one, at) => isImage(one) || at === list.findLastIndex((other) => !isImage(other))),
        ),
      },
    }),
    // A question about "the first image" is about another one else.
    must('images.order', {
      says: 'images reach the model in the order of the message',
      needs: ['probe'],
      situations: EITHER_MODE_OR_USER,
      async holds(dial) {
        const exchange = await send(dial, message(dial, GIF, PNG, GIF, PNG, PNG));
        const kinds = 'image/gif, image/png, image/gif, image/png, image/png';
        expectEqual(seenBy(dial, exchange).map(kindOf).join(', '), kinds, 'the images that the model is shown,');
      },
      catches: {
        'turns them around': imagesOf((list) => list.toReversed()),
        'puts the last one first': imagesOf((list) => [list.at(-1)!, ...list.slice(0, -1)]),
        'sorts them': imagesOf((list) => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))),
        'shows each but once': imagesOf((list) => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()]),
      },
    }),
    // Chat clients send all images of a conversation with each call: counted again and again they would pass every limit.
    must('images.newest-only', {
      says: 'only the images of the newest message are shown, and counted',
      needs: ['probe'],
      async holds(dial) {
        const old = {
          role: 'user',
          content: [{ type: 'text', text: 'Look.' }, ...Array.from({ length: MOST + 1 }, () => GIF)],
        };
        const exchange = await send(dial, old, { role: 'assistant', content: 'I see.' }, message(dial, PNG));
        expectEqual(exchange.status, 200, 'an answer with status');
        expectEqual(seenBy(dial, exchange).map(kindOf).join(', '), 'image/png', 'the images that the model is shown,');
      },
      catches: {
        'counts those of earlier messages': lie.aboutRequest(/I see\./, refuses(400)),
        'drops images of longer conversations': lie.aboutRequest(/I see\./, blind),
        'shows the old one': lie.aboutRequest(
          /I see\./,
          parts((list, { content }) => (content.length > 2 ? list : list.map((one) => (isImage(one) ? GIF : one)))),
        ),
      },
    }),
    must('images.eight', {
      says: 'eight images are shown, nine are refused with 400 and no run',
      needs: ['probe'],
      async holds(dial) {
        const eight = await send(dial, message(dial, ...Array.from({ length: MOST }, () => PNG)));
        expectEqual(seenBy(dial, eight).length, MOST, 'images that the model is shown,');
        const other = dial.in({});
        const nine = await send(other, message(other, ...Array.from({ length: MOST + 1 }, () => PNG)));
        expectInvalid(nine);
        other.noRun(other.nonce);
      },
      catches: {
        'shows the first eight of nine': parts((list) => list.slice(0, MOST + 1)),
        'takes seven at most': asksImage(async (request, faithful) =>
          (await lie.bodyOf(request))?.messages?.at(-1)?.content?.length > MOST
            ? lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } })
            : faithful(request),
        ),
        'shows four at most': parts((list) => (list.length > MOST + 1 ? list : list.slice(0, 5))),
      },
    }),
    must('images.most-bytes', {
      says: 'an image of more than 10 MB is refused with 400 and no run',
      async holds(dial) {
        const data = Buffer.alloc(10 * MiB + 3).fill(
          Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
          0,
          8,
        );
        const exchange = await send(dial, message(dial, shown(`data:image/png;base64,${data.toString('base64')}`)));
        expectInvalid(exchange);
        dial.noRun(dial.nonce);
      },
      catches: {
        'drops it and answers': blind,
        'breaks on it': lie.insteadOf(400, () => new Response('Internal Server Error', { status: 500 })),
        'says that the body is too large': lie.insteadOf(400, () =>
          lie.answer(413, { error: { message: 'Payload too large', type: 'invalid_request_error' } }),
        ),
      },
    }),
    ...(refused.rows as readonly { id: string; what: string; url: string | null; since?: string }[]).map(
      ({ id, what, url, since }) =>
        must(`images.refused.${id}`, {
          says: `${what} as an image is refused: 400 invalid_request_error, no run`,
          ...(since && { since }),
          situations: EITHER_MODE_OR_USER,
          async holds(dial) {
            const exchange = await send(dial, message(dial, shown(url)));
            expectInvalid(exchange);
            expect(
              typeof jsonOf(exchange)?.error?.message === 'string',
              'an error with a message',
              described(exchange),
            );
            dial.noRun(dial.nonce);
          },
          catches: {
            'drops it and answers': blind,
            'drops it and answers in a stream': lie.aboutStreams(blind),
            'breaks on it': refuses(500, 'api_error'),
            'refuses in words': asksImage(async () => new Response('Bad Request', { status: 400 })),
          },
        }),
    ),
    // What a gateway fetches for a client it fetches from where the client cannot: its own machine, and its network.
    ...hidden.rows.map(({ id, what, url }) =>
      must(`images.not-fetched.${id}`, {
        says: `an image at ${what} is refused, and nothing is asked for it`,
        async holds(dial) {
          const hits = await trapped(async (port) => {
            expectInvalid(await send(dial, message(dial, shown(url.replace('{port}', String(port))))));
          });
          expectEqual(hits, 0, 'requests to that address,');
          dial.noRun(dial.nonce);
        },
        catches: {
          'looks before it refuses': fetches,
          'drops it and answers': blind,
          'breaks on it': refuses(500, 'api_error'),
        },
      }),
    ),
  ],
});
