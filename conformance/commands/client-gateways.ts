/** `npm run client -- --gateway ID -- COMMAND …`: what becomes of a client behind wrong gateways of the suite. */
import { cases } from '../chapters/index.ts';
import type { Client } from '../clients/client.ts';
import { openGround } from '../clients/gateways/ground.ts';
import { nameOf, type Met, type RunOptions } from '../clients/gateways/measure.ts';
import { isRight } from '../clients/gateways/outcome.ts';
import { chapterOf } from '../clients/judge.ts';
import { brief, toldBy } from '../clients/stage.ts';
import { matches } from '../judging/judge.ts';
import { EXIT } from '../judging/verdict.ts';
import { catalogueOf, type Catalogued } from '../proof/catalogue.ts';
import { printable } from '../wire/printable.ts';
import { wrong } from './command-line.ts';
import { meant } from './nearest.ts';

/**
 * Runs the client once behind each gateway that a pattern names, and prints what became of it.
 *
 * @param patterns wrong gateways as CONTRACT.md names them, `requirement: what is wrong`, or requirements and chapters that
 *   they break; `*` matches anything.
 * @returns the exit code.
 * @throws {UsageError} for a pattern that names none.
 */
export async function clientBehind(
  client: Client,
  patterns: readonly string[],
  options: RunOptions,
  write: (text: string) => void,
): Promise<number> {
  await using ground = await openGround(selected(patterns));
  const { met, unsound } = await ground.run(client, options);
  for (const one of met) write(`${printable(lineOf(one))}\n`);
  if (unsound.length > 0) write(`Not measured, since it fails of the faithful gateway: ${unsound.join('; ')}\n`);
  if (met.length === 0) {
    write('Not measured: no call of the client met a wrong gateway\n');
    return EXIT.unjudged;
  }
  return met.every(({ outcome, planned }) => isRight(outcome, planned.answer)) ? EXIT.good : EXIT.violated;
}

function selected(patterns: readonly string[]): Catalogued[] {
  const catalogue = catalogueOf(cases);
  const named = (pattern: string): Catalogued[] =>
    catalogue.filter(
      ({ id, breaks }) =>
        id === pattern || breaks.some((one) => matches({ id: one, chapter: chapterOf(one) }, pattern)),
    );
  const unknown = patterns.find((pattern) => named(pattern).length === 0);
  if (unknown !== undefined) {
    const names = catalogue.flatMap(({ id, breaks }) => [id, ...breaks]);
    throw wrong('--gateway', 'a wrong gateway', unknown, meant(unknown, [...new Set(names)]), 'See CONTRACT.md.');
  }
  const all = new Set(patterns.flatMap(named));
  return catalogue.filter((one) => all.has(one));
}

function lineOf({ planned, told, outcome }: Met): string {
  const shown = told.ok ? brief(told.text.trim()) : toldBy(told);
  const wanted = planned.answer === undefined ? 'a failure' : brief(planned.answer);
  const got = outcome === 'survives' ? '' : `: expected ${wanted}, got ${shown}`;
  return `${outcome}  ${planned.gateway.id} (${nameOf(planned)})${got}`;
}
