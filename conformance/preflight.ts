/** Tells the usual troubles apart before anything is judged, each in one line with its mend. */
import { faultOf } from './judge.ts';
import { ENDPOINT } from './dial.ts';
import { fetchDirect } from './wire/fetch.ts';
import type { Target } from './target.ts';

const KEY = 'gateway.http.endpoints.chatCompletions.enabled';

/** The line that says why nothing can be judged; undefined when all is well. */
export async function preflight(target: Target): Promise<string | undefined> {
  const [{ baseUrl, credential, auth }] = target.deployments;
  const url = baseUrl + ENDPOINT;
  const fail = (expected: string, got: string, mend: string): string =>
    `Failed to judge ${baseUrl}: expected ${expected}, got ${got}. ${mend}`;
  const post = async (
    body: object,
  ): Promise<{
    status: number;
    headers: Headers;
    html: boolean;
    text: string;
  }> => {
    const response = await fetchDirect(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(credential && { authorization: `Bearer ${credential}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(target.patience),
    });
    const text = await response.text();
    const html = /html/i.test(response.headers.get('content-type') ?? '') || /^\s*<(?:!doctype|html)/i.test(text);
    return { status: response.status, headers: response.headers, html, text };
  };

  let reply: Awaited<ReturnType<typeof post>>;
  try {
    // No messages: a gateway refuses it without a run, after it has looked at the credential.
    reply = await post({
      model: target.profile === 'core' ? target.model : `openclaw:${target.agents[0]}`,
      messages: [],
    });
  } catch (error) {
    return unreachable(error, fail);
  }
  if (reply.status >= 300 && reply.status < 400) {
    const mend = 'Redirects are not followed: name the address of the gateway itself as --base-url.';
    return fail('an answer', redirected(reply.status, reply.headers.get('location'), url), mend);
  }
  if (reply.html)
    return fail('a gateway', `an HTML page (${reply.status})`, 'Check host, port and path of --base-url.');
  if (reply.status === 404 && target.profile === 'openclaw') {
    return fail('the endpoint', '404', `Set ${KEY} to true in the gateway's configuration.`);
  }
  if (reply.status === 401 || reply.status === 403) {
    const got = `${reply.status} (${auth === 'none' ? 'no credential was sent' : `the ${auth} was refused`})`;
    return fail('the credential to be let in', got, 'Check --auth, and the secret in the environment.');
  }
  if (reply.status === 429)
    return fail(
      'an answer',
      '429',
      `Wait ${reply.headers.get('retry-after') ?? 'a few'} seconds: too many refused credentials.`,
    );
  if (reply.status === 503)
    return fail('a gateway that is ready', '503', 'It is still starting: try again in a few seconds.');
  if (target.profile === 'core') return undefined;

  for (const agent of target.agents) {
    const { status, text } = await post({ model: `openclaw:${agent}`, messages: [] });
    if (status === 400 && /unknown agent/i.test(text)) {
      return fail(`an agent ${agent}`, 'none of that name', 'Name the agents that are there with --agents.');
    }
  }
  return undefined;
}

/** Of the address the origin alone: the rest is foreign text. */
function redirected(status: number, location: string | null, from: string): string {
  const to = location !== null && URL.canParse(location, from) ? ` to ${new URL(location, from).origin}` : '';
  return `a redirect (${status})${to}`;
}

function unreachable(error: unknown, fail: (expected: string, got: string, mend: string) => string): string {
  const fault = faultOf(error);
  if (fault.includes('ECONNREFUSED'))
    return fail('a gateway', 'nothing that listens', 'Start it, or check host and port.');
  if (/ENOTFOUND|EAI_AGAIN/.test(fault))
    return fail('a host', 'a name that nobody knows', 'Check the host in --base-url.');
  if (/SSL|TLS|CERT|certificate|EPROTO|HPE_/i.test(fault)) {
    return fail('the same protocol on both sides', fault, 'Check http or https in --base-url, and the certificate.');
  }
  if (/other side closed|ECONNRESET|UND_ERR_SOCKET/.test(fault)) {
    return fail('an HTTP answer', 'a closed connection', 'Check that the port speaks HTTP, not TLS or something else.');
  }
  if (/timeout|aborted/i.test(fault))
    return fail('an answer', 'silence', 'Check the address, or wait longer with --timeout.');
  return fail('an answer', fault, 'Check the address and the network.');
}
