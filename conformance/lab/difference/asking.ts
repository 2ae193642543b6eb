/** Sends the calls of a request to a gateway, and keeps the parts of each answer that are compared. */
import { setTimeout as wait } from 'node:timers/promises';
import { ENDPOINT } from '../../dial/dial.ts';
import { BOUNDS } from '../../wire/bounds.ts';
import { fetchDirect } from '../../wire/fetch.ts';
import { rawConnections, type RawReply } from '../../wire/socket.ts';
import type { Answer } from './answer.ts';
import { bytesOf, type Call, type Request } from './call.ts';
import { masked } from './masks.ts';

/** A running gateway. */
export interface Place {
  /** Base URL, without `/v1`. */
  readonly url: string;
  /** The secret that it accepts. */
  readonly credential: string | undefined;
  /** The folder that it writes to. */
  readonly folder?: string;
}

/** Time for an answer, in ms. */
const PATIENCE = 40_000;

/** Headers of the transport, and the time: not compared. */
const OF_TRANSPORT = /^(?:date|keep-alive|content-length|transfer-encoding|connection)$/;

/**
 * Sends the calls one after the other. After a 401 or 429 it authenticates once, which resets the gateway's counter of
 * failures.
 */
export async function answersTo({ calls }: Request, place: Place): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const call of calls) answers.push(await answerTo(call, place));
  const counted = answers.some(({ status }) => status === 401 || status === 429);
  if (counted && place.credential !== undefined) await resetFailures(place, place.credential);
  return answers;
}

async function answerTo(call: Call, place: Place): Promise<Answer> {
  const connections = rawConnections({ ...BOUNDS, patience: call.patience ?? PATIENCE });
  const url = new URL(place.url);
  const began = Date.now();
  try {
    const reply = await connections.send(url, bytesOf(call, url.host), (bytes) => isWhole(bytes, call));
    return masked(readAnswer(reply, call), {
      began,
      host: url.host,
      ...(place.folder && { folder: place.folder }),
      ...(call.pauses && { pauses: true }),
    });
  } finally {
    connections.close();
  }
}

async function resetFailures({ url }: Place, credential: string): Promise<void> {
  for (;;) {
    const response = await fetchDirect(url + ENDPOINT, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}` },
      body: '{}',
    });
    await response.arrayBuffer();
    const seconds = Number(response.headers.get('retry-after') ?? 0);
    if (response.status !== 429 || !(seconds > 0 && seconds < 10)) return;
    await wait(seconds * 1000);
  }
}

interface Head {
  readonly status: number;
  readonly headers: Headers;
  readonly rest: string;
}

function readHead(bytes: string): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = bytes.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine!)?.[1]);
  if (end === -1 || !status) return undefined;
  const rest = bytes.slice(end + 4);
  // An interim response, such as 100, precedes the final one.
  if (status < 200 && status !== 101) return readHead(rest);
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status, headers, rest };
}

const hasNoBody = ({ status }: Head, { method }: Call): boolean => method === 'HEAD' || status === 204 || status < 200;

function isWhole(bytes: string, call: Call): boolean {
  const head = readHead(bytes);
  // After an HTTP/1.0 response the connection ends, with or without Content-Length.
  if (head === undefined || call.version === '1.0') return false;
  if (hasNoBody(head, call)) return true;
  if (head.headers.get('transfer-encoding')?.includes('chunked')) return bytes.endsWith('\r\n0\r\n\r\n');
  const length = head.headers.get('content-length');
  // Without a length the body ends with the connection.
  return length !== null && head.rest.length >= Number(length);
}

function readAnswer({ bytes, end }: RawReply, call: Call): Answer {
  const head = readHead(bytes);
  if (head === undefined) return { end: end === 'open' ? 'silent' : end };
  const chunked = head.headers.get('transfer-encoding')?.includes('chunked') ?? false;
  const sent = hasNoBody(head, call) ? '' : chunked ? unchunked(head.rest) : head.rest;
  const body = Buffer.from(sent, 'latin1').toString('utf8');
  const headers = [...head.headers]
    .filter(([name]) => !OF_TRANSPORT.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const isStream = head.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  return {
    status: head.status,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(body !== '' && { body: isStream ? body.split(/(?<=\n\n)/) : [body] }),
    ...(end !== 'open' && { end }),
  };
}

/** The body without its chunk framing, as far as it was received. */
function unchunked(text: string): string {
  let body = '';
  for (let at = 0; at < text.length;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = lineEnd === -1 ? 0 : parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) break;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return body;
}
