/** What a starting gateway says about itself, in lines; a secret that is one is not in them. */

import { isEverywhere } from '../http/address.ts';
import type { Options } from '../options.ts';

/** What is known of a gateway that listens. */
export interface Listening {
  readonly url: string;
  readonly options: Options;
  /** The configuration file. */
  readonly file: string;
  /** Whether that is one of the kit's own, whose token is public. */
  readonly own: boolean;
  /** Where the Control API is, if it is. */
  readonly control?: string | undefined;
  /** Whether that takes a secret. */
  readonly guarded?: boolean;
}

export function introduction({ url, options, file, own, control, guarded = false }: Listening): string[] {
  const { auth, agents, enabled, edition, asReleased } = options;
  const names = agents.map((agent) => (agent.default ? `${agent.id} (default)` : agent.id)).join(', ');
  const lines = [
    `Reference gateway on ${url}, contract edition ${edition}${asReleased ? ' with the faults of that release' : ''}`,
    ...everywhere(options.host, url),
    `Credential: ${credential(options, file)}`,
    `Agents: ${names}`,
    ...(control === undefined
      ? []
      : [
          `Control API: ${control}, ${guarded ? 'for programs that know OPENCLAW_CONTROL_TOKEN' : 'for programs on this machine'}`,
        ]),
  ];
  if (!enabled) {
    lines.push(`Endpoint: off. Set gateway.http.endpoints.chatCompletions.enabled to true in ${file}.`);
    return lines;
  }
  if (auth.mode === 'trusted-proxy' && auth.source === undefined) {
    lines.push('Endpoint: on, for what a trusted proxy passes on.');
    return lines;
  }
  lines.push('Endpoint: on. Try:');
  const body = '{"model":"openclaw","messages":[{"role":"user","content":"hi"}]}';
  const call = `curl -sS ${url}/v1/chat/completions -H 'Content-Type: application/json' -d '${body}'`;
  if (auth.mode === 'none') return [...lines, `  ${call}`];
  const variable = auth.mode === 'token' ? 'OPENCLAW_GATEWAY_TOKEN' : 'OPENCLAW_GATEWAY_PASSWORD';
  const inFile = auth.source !== variable;
  if (inFile && !own) lines.push(`  export ${variable}='<the value of ${auth.source} in ${file}>'`);
  const bearer = inFile && own ? auth.secret : `$${variable}`;
  return [...lines, `  ${call} -H "Authorization: Bearer ${bearer}"`];
}

/** An address of this machine alone is said by the URL. */
function everywhere(host: string, url: string): readonly string[] {
  return isEverywhere(host)
    ? [`Listens on all interfaces (${host}, port ${new URL(url).port}): other machines reach it too`]
    : [];
}

function credential({ auth }: Options, file: string): string {
  if (auth.mode === 'none') return 'none, every request to this port is accepted';
  const { source } = auth;
  const secret = source?.startsWith('gateway.') ? `${source} in ${file}` : source && `the environment's ${source}`;
  if (auth.mode !== 'trusted-proxy') return String(secret);
  const user = `the user in ${auth.identity.userHeader}, as a trusted proxy says`;
  return secret === undefined ? user : `${user}; past the proxy ${secret}`;
}
