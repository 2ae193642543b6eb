/** The templates in the tables of `fixtures/`. */
import type { Dial } from '../dial/dial.ts';

/** `{nonce}` is text that no other case uses, `{agent}` the agent that calls name unless they say otherwise. */
export function filled(template: string, { nonce, agents }: Dial): string {
  return template.replaceAll('{nonce}', nonce).replaceAll('{agent}', agents[0]);
}
