/** The templates in the tables of `fixtures/`. */
import type { Dial } from '../dial/dial.ts';

/** Replaces `{nonce}` by the case's nonce and `{agent}` by the default agent's id. */
export function filled(template: string, { nonce, agents }: Dial): string {
  return template.replaceAll('{nonce}', nonce).replaceAll('{agent}', agents[0]);
}
