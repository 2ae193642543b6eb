/** What `--list` and `--explain` print. */
import { cases } from '../chapters/index.ts';
import { situationText } from '../dial/situation.ts';
import { situationsOf } from '../judging/situations.ts';
import { wrong } from './command-line.ts';
import { meantId } from './selection.ts';

/** Every requirement on a line. */
export const listed = (): string => cases.map(({ id, level, says }) => `${id}  ${level}  ${says}`).join('\n');

/**
 * One requirement in full.
 *
 * @throws {UsageError} when no requirement has that id.
 */
export function explained(id: string): string {
  const one = cases.find((candidate) => candidate.id === id);
  if (!one) throw wrong('--explain', 'the id of a requirement', id, meantId(id), 'See --list.');
  const situations = situationsOf(one, 'standard', { profile: 'openclaw' }).map(situationText);
  const inForce = `from ${one.since}${one.until ? ` until ${one.until}` : ' on'}`;
  return [
    `${one.id}  ${one.level}${one.mustSince ? `, MUST from ${one.mustSince}` : ''}`,
    `  promise  ${one.says}`,
    `  in force ${inForce}`,
    `  source   ${one.source}`,
    `  needs    ${one.needs.join(', ') || 'nothing'}`,
    `  profile  ${one.core ? 'core and openclaw' : 'openclaw'}`,
    ...(situations.length > 1 ? ['  judged in these situations, at depth standard:'] : []),
    ...(situations.length > 1 ? situations.map((text) => `    ${text || 'plainly'}`) : []),
    '  catches a gateway that:',
    ...Object.keys(one.catches).map((name) => `    ${name}`),
  ].join('\n');
}
