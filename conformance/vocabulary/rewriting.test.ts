import { describe, expect, test } from 'vitest';
import table from '../../fixtures/equivalents.json' with { type: 'json' };
import { rewritten, type Rewriting } from './rewriting.ts';

const plain = {
  url: new URL('http://gateway.example:8080/v1/chat/completions'),
  headers: { Accept: '*/*', Authorization: 'Bearer secret' },
  body: { model: 'm', messages: [{ role: 'user', content: 'a/b "c" \\u0041 \u{1F600}' }] },
};
const rows = table.rows as unknown as (Rewriting & { readonly id: string })[];

/** The JSON of a request whose body has no chunks. */
const sent = (way: Rewriting): unknown => {
  const bytes = rewritten(plain, way);
  return JSON.parse(Buffer.from(bytes.slice(bytes.indexOf('\r\n\r\n') + 4), 'latin1').toString());
};

describe('rewritten', () => {
  test('a plain request has its headers, a length in bytes, and its JSON', () => {
    const bytes = rewritten(plain, {});
    expect(bytes.split('\r\n').slice(0, 4)).toEqual([
      'POST /v1/chat/completions HTTP/1.1',
      'Host: gateway.example:8080',
      'Accept: */*',
      'Authorization: Bearer secret',
    ]);
    const [head, body] = bytes.split('\r\n\r\n');
    expect(head).toContain(`Content-Length: ${body!.length}`);
    expect(sent({})).toEqual(plain.body);
  });

  test.each(rows.filter(({ chunks, json }) => chunks === undefined && json?.startsWith('large') !== true))(
    'row $id keeps what it does not change',
    (way) => {
      const { model, messages } = sent(way) as typeof plain.body;
      const last = messages.at(-1)!;
      const content = way.part
        ? [{ type: 'text', text: plain.body.messages[0]!.content }]
        : plain.body.messages[0]!.content;
      expect({ model, last }).toEqual({ model: 'm', last: { role: 'user', content } });
    },
  );

  test.each(rows)('row $id is not the plain request', (way) => {
    if (way.pipelined) return;
    expect(rewritten(plain, way)).not.toBe(rewritten(plain, {}));
  });

  test('names, order, blanks and lines of headers are written as the row says', () => {
    expect(rewritten(plain, { names: 'upper' })).toContain('\r\nAUTHORIZATION: Bearer secret\r\n');
    expect(rewritten(plain, { names: 'alternating' })).toContain('\r\naUtHoRiZaTiOn: Bearer secret\r\n');
    expect(rewritten(plain, { order: 'reversed' })).toContain('HTTP/1.1\r\nContent-Length: ');
    expect(rewritten(plain, { around: ['', '\t'] })).toContain('\r\nAccept:*/*\t\r\n');
    expect(rewritten(plain, { headers: { accept: ['a', 'b'] } })).toContain('\r\naccept: a\r\naccept: b\r\n');
    expect(rewritten(plain, { headers: { Accept: null } })).not.toContain('Accept');
  });

  test('chunks carry the body, with extension, zeros and trailer', () => {
    const bytes = rewritten(plain, { chunks: 1000, extension: ';a', zeros: 2, trailer: 'X: 1' });
    const [, body] = bytes.split('\r\n\r\n');
    expect(bytes).toContain('Transfer-Encoding: chunked');
    expect(body).toMatch(/^00[0-9a-f]+;a\r\n\{.*\}\r\n0\r\nX: 1$/);
  });

  test('a target is made of the origin and the path', () => {
    expect(rewritten(plain, { target: '{origin}{path}?x' })).toMatch(
      /^POST http:\/\/gateway\.example:8080\/v1\/chat\/completions\?x HTTP/,
    );
  });
});
