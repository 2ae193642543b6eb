/** A backend by its name; each is loaded when it is chosen, for the SDK alone takes as long as all the rest. */

import type { Backend } from './backend.ts';
import type { Upstream } from './upstream.ts';

/**
 * @param name Default: "scripted".
 * @throws {Error} when there is no such backend, or options of the upstream one are given to another.
 */
export async function chooseBackend(name: string = 'scripted', upstream: Upstream): Promise<Backend> {
  if (name === 'upstream') return (await import('./upstream.ts')).upstreamBackend(upstream);
  if (name !== 'scripted') {
    throw new Error(
      `Failed to choose a backend: expected scripted or upstream, got ${JSON.stringify(name)}. Name one of them.`,
    );
  }
  if (upstream.url !== undefined || upstream.model !== undefined) {
    throw new Error(
      'Failed to choose a backend: expected upstream with an upstream URL or model, got scripted. ' +
        'Pass --backend upstream.',
    );
  }
  const [{ scriptedBackend }, { loadReplies }] = await Promise.all([import('./scripted.ts'), import('./replies.ts')]);
  return scriptedBackend(await loadReplies());
}
