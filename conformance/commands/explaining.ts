/** What `--list` and `--explain` print. */
import { cases } from '../chapters/index.ts';
import { situationText } from '../dial/situation.ts';
import { situationsOf } from '../judging/situations.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { wrong } from './command-line.ts';
import { meantId } from './selection.ts';

/**
 * Every requirement on a line.
 *
 * @param json as one array, a line for each.
 */
export function listed(json: boolean): string {
  if (json) return `[\n${cases.map((one) => JSON.stringify(told(one))).join(',\n')}\n]`;
  return cases.map(({ id, level, says }) => `${id}  ${level}  ${says}`).join('\n');
}

/**
 * One requirement in full.
 *
 * @param json as an object.
 * @throws {UsageError} when no requirement has that id.
 */
export function explained(id: string, json: boolean): string {
  const one = cases.find((candidate) => candidate.id === id);
  if (!one) throw wrong('--explain', 'the id of a requirement', id, meantId(id), 'See --list.');
  const situations = situationsOf(one, 'standard', { profile: 'openclaw' }).map(
    (all) => situationText(all) || 'plainly',
  );
  const catches = Object.keys(one.catches);
  if (json) return JSON.stringify({ ...told(one), situations, catches }, null, 2);
  const inForce = `from ${one.since}${one.until ? ` until ${one.until}` : ' on'}`;
  return [
    `${one.id}  ${one.level}${one.mustSince ? `, MUST from ${one.mustSince}` : ''}${one.keptSince ? `, MUST in profile openclaw from ${one.keptSince}` : ''}`,
    `  promise  ${one.says}`,
    `  in force ${inForce}`,
    `  source   ${one.source}`,
    `  needs    ${one.needs.join(', ') || 'nothing beside the endpoint'}`,
    `  profile  ${one.core ? 'core and openclaw' : 'openclaw'}`,
    ...(situations.length > 1 ? ['  judged in these situations, at depth standard:'] : []),
    ...(situations.length > 1 ? situations.map((text) => `    ${text}`) : []),
    '  catches a gateway that:',
    ...catches.map((name) => `    ${name}`),
  ].join('\n');
}

function told({ id, chapter, level, says, source, since, until, mustSince, keptSince, needs, core }: Case): object {
  return { id, chapter, level, says, source, since, until, mustSince, keptSince, needs, core };
}
