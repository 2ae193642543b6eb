/** Requests that look local or are written in another way, `fixtures/never-open.json`: without the secret none is let in. */

import { randomUUID } from 'node:crypto';
import deployments from '../../../fixtures/deployments.json' with { type: 'json' };
import table from '../../../fixtures/never-open.json' with { type: 'json' };
import { ENDPOINT, type Dial } from '../../dial/dial.ts';
import { expect, shown } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { rewritten, type Plain, type Rewriting } from '../../vocabulary/rewriting.ts';
import { PLAIN_AND_FAR } from '../../vocabulary/situations.ts';
import { finalStatus, rawResponses } from '../../wire/responses.ts';
import { secretOf, wrongSecret } from './credentials.ts';

interface Row extends Rewriting {
  readonly id: string;
  readonly what: string;
  readonly source: string;
}

// TypeScript reads the table as one type per row.
const ROWS = table.rows as unknown as readonly Row[];

/** A plain call with that bearer, or with none. */
function plainOf(dial: Dial, bearer: string | undefined): Plain {
  const { body, headers } = dial.placed({ body: dial.body(`Say hello. ${dial.nonce}`), headers: {} });
  return {
    url: new URL(dial.deployment.baseUrl + ENDPOINT),
    headers: {
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      'Content-Type': 'application/json',
      ...headers,
    },
    body,
  };
}

/** Sends the request of a row with a wrong secret and with none; behind a good one, which starts no run, where it says so. */
async function staysShut(dial: Dial, row: Row): Promise<void> {
  for (const bearer of [undefined, wrongSecret(dial)]) {
    const good = row.pipelined ? rewritten({ ...plainOf(dial, secretOf(dial)), body: { messages: [] } }, {}) : '';
    const wanted = row.pipelined ? 2 : 1;
    const reply = await dial.raw(
      good + rewritten(plainOf(dial, bearer), row),
      (received) => rawResponses(received, false).length >= wanted,
    );
    const last = rawResponses(reply.bytes, reply.end !== 'open')[wanted - 1];
    const status = last?.status ?? (good ? undefined : finalStatus(reply.bytes)) ?? 0;
    const what = `${bearer === undefined ? 'no secret' : 'a wrong secret'} not to be let in (no 2xx)`;
    expect(!(status >= 200 && status < 300), what, shown(reply.bytes.slice(-400)));
    dial.noRun(dial.nonce);
    // Newer releases answer each wrong secret later than the one before, until a right one comes.
    if (bearer !== undefined) await dial.send('{}');
  }
}

/** An answer that is good but for whom it is given to. */
async function open(): Promise<string> {
  const body = JSON.stringify({ ...((await lie.canned().json()) as object), id: `chatcmpl_${randomUUID()}` });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** The secrets in `fixtures/deployments.json`: a mutant has to know who should be let in. */
const SECRETS: readonly string[] = deployments.deployments.flatMap(({ credential }) => credential ?? []);

/** Lets in the last request where it has no secret and the gateway refuses it; a request before it keeps its answer. */
const admits = (like: (sent: string) => boolean): Mutant =>
  lie.raw(async (sent, faithful) => {
    const last = sent.slice(Math.max(0, sent.lastIndexOf('POST ')));
    const isStranger = last.includes('Say hello.') && !SECRETS.some((secret) => last.includes(`Bearer ${secret}`));
    const reply = await faithful(sent);
    if (!isStranger || !like(last)) return reply;
    return { ...reply, bytes: reply.bytes.slice(0, Math.max(0, reply.bytes.lastIndexOf('HTTP/1.'))) + (await open()) };
  });

const UNGUARDED = {
  'admits every client': admits(() => true),
  'lets streams in': admits((sent) => sent.includes('"stream":true')),
  'lets calls with a user in': admits((sent) => sent.includes('"user":"')),
};

/** Gateways that let in what looks local, by the row's id. */
const TRUSTS: Readonly<Record<string, Readonly<Record<string, Mutant>>>> = {
  'host-localhost': { 'trusts Host: localhost': admits((sent) => /\r\nhost: localhost/i.test(sent)) },
  tailscale: { 'trusts a tailnet': admits((sent) => /\r\ntailscale-user-login:/i.test(sent)) },
  'forwarded-for': { 'trusts X-Forwarded-For': admits((sent) => /\r\nx-forwarded-for:/i.test(sent)) },
  slash: { 'guards the path without a slash': admits((sent) => sent.includes('/completions/ HTTP')) },
  'double-slash': { 'guards the path with one slash': admits((sent) => sent.startsWith('POST //')) },
  'absolute-form': { 'guards paths alone': admits((sent) => sent.startsWith('POST http://')) },
};

/**
 * `authentication.never-open.<row>`. A guard that looks at the host, at forwarded headers or at the path as it is written
 * is passed by a client that writes them otherwise, and the client runs an agent.
 */
export const neverOpen = ROWS.map((row) =>
  must(`authentication.never-open.${row.id}`, {
    says: `with ${row.what}: never let in without the secret, no run`,
    source: row.source,
    needs: ['credential'],
    core: true,
    situations: PLAIN_AND_FAR,
    holds: (dial) => staysShut(dial, row),
    catches: { ...UNGUARDED, ...TRUSTS[row.id] },
  }),
);
