/** Checks the target before the first case: each common problem is reported in one line, with its remedy. */
import { setTimeout } from 'node:timers/promises';
import { ENDPOINT } from '../dial/dial.ts';
import { agentModel, type Target } from '../dial/target.ts';
import { faultOf } from '../judging/judge.ts';
import { fetchWith } from '../wire/added-headers.ts';
import { Excess } from '../wire/bounds.ts';
import { recorder, textIn, type Exchange } from '../wire/exchange.ts';
import { proxyFor } from '../wire/tunnel.ts';

const KEY = 'gateway.http.endpoints.chatCompletions.enabled';

/** Why a target cannot be judged. */
interface Trouble {
  /** One line. */
  readonly text: string;
  /** Whether it may pass by itself: the gateway is starting. */
  readonly passing: boolean;
}

type Fail = (expected: string, got: string, mend: string, passing?: boolean) => Trouble;

/** How long between two looks at a target that is starting, in ms. */
const PAUSE = 250;

/**
 * Checks the target until it can be judged, or cannot be for a reason that stays.
 *
 * @param seconds how long it may take to start. Default: it has to be ready.
 * @returns one line with the reason why it cannot be judged; undefined when it can.
 */
export async function preflight(target: Target, seconds = 0): Promise<string | undefined> {
  const until = performance.now() + 1000 * seconds;
  for (;;) {
    const found = await troubleWith(target);
    if (found === undefined || !found.passing || performance.now() >= until) return found?.text;
    await setTimeout(PAUSE);
  }
}

async function troubleWith(target: Target): Promise<Trouble | undefined> {
  const fail: Fail = (expected, got, mend, passing = false) => ({
    text: `Failed to judge ${target.deployments[0].baseUrl}: expected ${expected}, got ${got}. ${mend}`,
    passing,
  });
  try {
    return await trouble(target, fail);
  } catch (cause) {
    return unreachable(cause, fail, isProxied(target));
  }
}

async function trouble(target: Target, fail: Fail): Promise<Trouble | undefined> {
  const [{ baseUrl, credential, auth }] = target.deployments;
  const url = baseUrl + ENDPOINT;
  const post = async (body: object): Promise<Exchange & { text: string; html: boolean }> => {
    const listener = recorder(fetchWith(target.headers), target).listener();
    await listener.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(credential && { authorization: `Bearer ${credential}` }) },
      body: JSON.stringify(body),
    });
    const exchange = await listener.last();
    if (exchange.bound !== undefined) throw new Excess(exchange.bound);
    if (exchange.end === 'cut') throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    const text = textIn(exchange.pieces);
    const html = /html/i.test(exchange.headers.get('content-type') ?? '') || /^\s*<(?:!doctype|html)/i.test(text);
    return { ...exchange, text, html };
  };

  // Without messages: a gateway refuses the call without a run, after checking the credential.
  const reply = await post({ model: agentModel(target, target.agents[0]), messages: [] });
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
    return fail('the credential to be accepted', got, 'Check --auth, and the secret in the environment.');
  }
  if (reply.status === 429) {
    const seconds = /^\d{1,6}$/.exec(reply.headers.get('retry-after') ?? '')?.[0] ?? 'a few';
    return fail('an answer', '429', `Wait ${seconds} seconds: too many refused credentials.`);
  }
  if (reply.status === 503)
    return fail('a gateway that is ready', '503', 'It is still starting: allow it time with --wait.', true);
  if (target.profile === 'core') return undefined;

  for (const agent of target.agents) {
    const { status, text } = await post({ model: agentModel(target, agent), messages: [] });
    if (status === 400 && /unknown agent/i.test(text)) {
      return fail(`an agent ${agent}`, 'none of that name', "Name the gateway's agents with --agents.");
    }
  }
  return undefined;
}

/** Shows only the origin of the location: the rest is foreign text. */
function redirected(status: number, location: string | null, from: string): string {
  const to = location !== null && URL.canParse(location, from) ? ` to ${new URL(location, from).origin}` : '';
  return `a redirect (${status})${to}`;
}

function isProxied({ deployments: [{ baseUrl }], proxies }: Target): boolean {
  return proxies !== undefined && proxyFor(new URL(baseUrl), proxies) !== undefined;
}

function unreachable(cause: unknown, fail: Fail, proxied: boolean): Trouble {
  if (cause instanceof Excess)
    return fail('an answer', cause.bound, 'Check the address, or allow more with that option.', true);
  const fault = faultOf(cause);
  if (fault.includes('bad port'))
    return fail('a port that fetch allows', 'a port that fetch blocks', 'Let the gateway listen on another port.');
  if (proxied) {
    const mend = 'Check HTTP_PROXY, HTTPS_PROXY and what the proxy allows, or name the host in NO_PROXY.';
    return fail('an answer through the proxy', fault.replace(/\.$/, ''), mend, true);
  }
  if (fault.includes('ECONNREFUSED'))
    return fail('a gateway', 'a refused connection', 'Start it, or check host and port.', true);
  if (/ENOTFOUND|EAI_AGAIN/.test(fault))
    return fail('a host', 'a name that does not resolve', 'Check the host in --base-url.', true);
  if (/SSL|TLS|CERT|certificate|EPROTO/i.test(fault)) {
    return fail(
      'the same protocol on both sides',
      fault,
      'Check http or https in --base-url, and the certificate (--ca).',
    );
  }
  if (fault.includes('not HTTP'))
    return fail('an HTTP answer', 'something else', 'Check that the port serves HTTP, not TLS or another protocol.');
  if (/other side closed|ECONNRESET|UND_ERR_SOCKET/.test(fault)) {
    return fail(
      'an HTTP answer',
      'a closed connection',
      'Check that the port serves HTTP, not TLS or another protocol.',
      true,
    );
  }
  return fail('an answer', fault, 'Check the address and the network.');
}
