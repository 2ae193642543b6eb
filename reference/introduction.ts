/** What a starting gateway says about itself, in lines; a secret that is one is not in them. */

import type { Options } from './options.ts';

export interface Listening {
  readonly url: string;
  readonly options: Options;
  /** The configuration file. */
  readonly file: string;
  /** Whether that is one of the kit's own, whose token everybody knows. */
  readonly own: boolean;
  /** Where the Control API is, if it is. */
  readonly control?: string | undefined;
}

export function introduction({ url, options, file, own, control }: Listening): string[] {
  const { auth, agents, enabled, edition, asReleased } = options;
  const names = agents.map((agent) => (agent.default ? `${agent.id} (default)` : agent.id)).join(', ');
  const lines = [
    `Reference gateway on ${url}, contract edition ${edition}${asReleased ? ' with the faults of that release' : ''}`,
    `Credential: ${credential(options, file)}`,
    `Agents: ${names}`,
    ...(control === undefined ? [] : [`Control API: ${control}, for whoever is on this machine`]),
  ];
  if (!enabled) {
    lines.push(`Endpoint: off. Set gateway.http.endpoints.chatCompletions.enabled to true in ${file}.`);
    return lines;
  }
  lines.push('Endpoint: on. Try:');
  const body = '{"model":"openclaw","messages":[{"role":"user","content":"hi"}]}';
  const call = `curl -sS ${url}/v1/chat/completions -H 'Content-Type: application/json' -d '${body}'`;
  if (auth.mode === 'none') return [...lines, `  ${call}`];
  const variable = auth.mode === 'password' ? 'OPENCLAW_GATEWAY_PASSWORD' : 'OPENCLAW_GATEWAY_TOKEN';
  const inFile = auth.source !== variable;
  if (inFile && !own) lines.push(`  export ${variable}='<the value of ${auth.source} in ${file}>'`);
  const bearer = inFile && own ? auth.secret : `$${variable}`;
  return [...lines, `  ${call} -H "Authorization: Bearer ${bearer}"`];
}

function credential({ auth }: Options, file: string): string {
  if (auth.mode === 'none') return 'none, whoever reaches this port is let in';
  return auth.source.startsWith('gateway.') ? `${auth.source} in ${file}` : `the environment's ${auth.source}`;
}
