import { describe, expect, test } from 'vitest';
import type { Exchange } from './exchange.ts';
import { redaction } from './redaction.ts';
import { momentsOf, rawMoments } from './transcript.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function exchange(type: string, pieces: readonly [number, string][], body?: string): Exchange {
  return {
    request: {
      method: 'POST',
      url: 'http://h:1/v1/chat/completions?a=b',
      headers: [
        ['x-stainless-os', 'Linux'],
        ['content-type', 'application/json'],
      ],
      body,
    },
    status: 200,
    headers: new Headers({ 'content-type': type }),
    beganAt: 1_795_347_791_000,
    headersAt: 1.26,
    pieces: pieces.map(([at, text]) => ({ at, bytes: bytes(text) })),
    end: 'complete',
    endedAt: 9,
    body: pieces.map(([, text]) => text).join(''),
  };
}

const lines = (one: Exchange): string[] =>
  momentsOf(one, redaction([])).map(({ at, side, text }) => `${at} ${side} ${text}`);

describe('a transcript', () => {
  test('a transcript shows the request without the headers of the SDK, and each frame at the time of its last byte', () => {
    const streamed: [number, string][] = [
      [2.04, 'data: a\n'],
      [3.06, '\ndata: b\n\nda'],
    ];
    expect(lines(exchange('text/event-stream', streamed, '{}'))).toEqual([
      '0 sent POST /v1/chat/completions?a=b',
      'null sent content-type: application/json',
      'null sent {}',
      '1.3 came 200 text/event-stream',
      '3.1 came data: a',
      '3.1 came data: b',
      '9 came da',
      '9 note complete',
    ]);
  });

  test('a transcript keeps the first and the last of many frames, and cuts a long line', () => {
    const many = Array.from({ length: 100 }, (_, at): [number, string] => [at, `data: ${at}\n\n`]);
    const shown = lines(exchange('text/event-stream', many));
    expect(shown).toHaveLength(2 + 1 + 31 + 1);
    expect(shown).toContain('null note 70 more');
    expect(shown).toContain('99 came data: 99');
    expect(lines(exchange('text/plain', [[1, 'x'.repeat(500)]]))[3]).toMatch(/^9 came x{400}… \(500 characters\)$/);
  });

  test('a transcript shows the bytes of a raw connection', () => {
    const sent = 'GET / HTTP/1.1\r\nHost: [\r\n\r\n';
    const reply = { bytes: '\u00c3\u00a9', end: 'closed', ms: 4.44 } as const;
    expect(rawMoments({ sent, reply }, redaction([]))).toEqual([
      { at: 0, side: 'sent', text: 'GET / HTTP/1.1' },
      { at: null, side: 'sent', text: 'Host: [' },
      { at: 4.4, side: 'came', text: 'é' },
      { at: 4.4, side: 'note', text: 'closed' },
    ]);
    expect(rawMoments({ sent, reply: { ...reply, bytes: '', end: 'silent' } }, redaction([]))).toHaveLength(3);
  });

  test('the chunks of a raw connection that together spell a secret are masked, and no other line', () => {
    const received = 'HTTP/1.1 200 OK\r\n\r\n8\r\nkit-Toke\r\n8\r\nn-5f8e21\r\n2\r\nc7\r\n3\r\nbye\r\n0\r\n\r\n';
    const shown = rawMoments(
      { sent: '', reply: { bytes: received, end: 'closed', ms: 1 } },
      redaction(['kit-Token-5f8e21c7']),
    );
    expect(shown.map(({ text }) => text).join(' ')).toBe(
      'HTTP/1.1 200 OK 8 [redacted] 8 [redacted] 2 [redacted] 3 bye 0 closed',
    );
  });
});
