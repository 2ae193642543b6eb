/** What is written down of a proof, `fixtures/proof/<edition>.json`, and how a result differs from it. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cases } from '../chapters/index.ts';
import type { Catalogued } from './catalogue.ts';
import type { Finding } from './finding.ts';
import type { Result } from './runner.ts';

/** Requirements that fire with the same message. */
export interface Said {
  readonly message: string;
  readonly requirements: readonly string[];
}

/** What a wrong gateway makes fire; what is not listed stays silent. */
export interface WrittenMutant {
  readonly id: string;
  /** Violated, or observed otherwise than of the faithful gateway. */
  readonly fires: readonly Said[];
  /** Could not be judged any more. */
  readonly errors?: readonly Said[];
}

/** What a null control exits with and passes. */
export interface WrittenNull {
  readonly name: string;
  readonly exit: number;
  /** What it earns, by the reason why that is right. */
  readonly passes: readonly { readonly because: string; readonly requirements: readonly string[] }[];
}

/** The file. */
export interface Written {
  readonly $schema: string;
  readonly about: string;
  readonly edition: string;
  readonly mutants: readonly WrittenMutant[];
  readonly nulls: readonly WrittenNull[];
  readonly lawful: readonly string[];
}

const fileOf = (edition: string): string =>
  fileURLToPath(new URL(`../../fixtures/proof/${edition}.json`, import.meta.url));

/** The file of an edition; undefined where there is none. */
export function readWritten(edition: string): Written | undefined {
  const file = fileOf(edition);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Written) : undefined;
}

/**
 * Writes what was found, to be reviewed by its diff. What was not tried this time, gateway or case, stays as in `before`.
 * What a null control passes for the first time has an empty reason, which the proof does not accept.
 *
 * @param names Everything that belongs into the file, in its order.
 */
export async function writeDown(
  edition: string,
  names: Readonly<Record<Result['kind'], readonly string[]>>,
  results: readonly Result[],
  before: Written | undefined,
): Promise<void> {
  const { format } = await import('prettier');
  const tried = new Map(results.map((result) => [`${result.kind} ${result.name}`, result]));
  const entries = <T>(kind: Result['kind'], now: (result: Result) => T, then: (name: string) => T | undefined): T[] =>
    names[kind].flatMap((name) => {
      const result = tried.get(`${kind} ${name}`);
      return (result ? now(result) : then(name)) ?? [];
    });
  const reasons = new Map(
    before?.nulls.flatMap(({ name, passes }) =>
      passes.flatMap(({ because, requirements }) => requirements.map((id) => [`${name} ${id}`, because] as const)),
    ),
  );
  const written: Written = {
    $schema: '../schemas/proof.schema.json',
    about:
      'What fires about each wrong gateway of the suite, and nothing else does; what each null control earns, and why; and the lawful variants about which everything is silent. Written by `npm run proof -- --write`.',
    edition,
    mutants: entries(
      'mutant',
      ({ name, findings, ran }) => {
        const old = before?.mutants.find(({ id }) => id === name);
        return { id: name, ...saidIn([...findings, ...untried(old, ran)]) };
      },
      (name) => before?.mutants.find(({ id }) => id === name),
    ),
    nulls: entries(
      'null',
      ({ name, exit, passed }) => ({
        name,
        exit,
        passes: [...Map.groupBy(passed.toSorted(), (id) => reasons.get(`${name} ${id}`) ?? '')].map(
          ([because, requirements]) => ({ because, requirements }),
        ),
      }),
      (name) => before?.nulls.find((one) => one.name === name),
    ),
    lawful: names.lawful,
  };
  writeFileSync(fileOf(edition), await format(JSON.stringify(written), { parser: 'json', printWidth: 120 }));
}

/** What is written of cases that did not run; those that are gone are left out. */
function untried(old: WrittenMutant | undefined, ran: readonly string[]): Finding[] {
  const judged = new Set(ran);
  const kept = (said: readonly Said[] = [], kind: Finding['kind']): Finding[] =>
    said.flatMap(({ message, requirements }) =>
      requirements
        .filter((id) => !judged.has(id) && CURRENT.has(id))
        .map((requirement) => ({ requirement, kind, message })),
    );
  return [...kept(old?.fires, 'violated'), ...kept(old?.errors, 'errored')];
}

const CURRENT: ReadonlySet<string> = new Set(cases.map(({ id }) => id));

function saidIn(findings: readonly Finding[]): Omit<WrittenMutant, 'id'> {
  const said = (errored: boolean): Said[] =>
    [
      ...Map.groupBy(
        findings
          .filter(({ kind }) => (kind === 'errored') === errored)
          .toSorted((a, b) => (a.requirement < b.requirement ? -1 : 1)),
        ({ message }) => message,
      ),
    ].map(([message, found]) => ({ message, requirements: found.map(({ requirement }) => requirement) }));
  const [fires, errors] = [said(false), said(true)];
  return { fires, ...(errors.length > 0 && { errors }) };
}

const messages = (said: readonly Said[]): Map<string, string> =>
  new Map(said.flatMap(({ message, requirements }) => requirements.map((id) => [id, message] as const)));

/**
 * How a mutant's findings differ from what is written, a line each; none when they are as written. Where not every case
 * ran, a requirement that the mutant does not break may be silent or have another reason: it may need a case left out.
 *
 * @param varies Whether the reason of a requirement varies from run to run.
 */
export function differences(
  mutant: Catalogued,
  result: Result,
  written: WrittenMutant | undefined,
  { whole, varies }: { readonly whole: boolean; readonly varies: (id: string) => boolean },
): string[] {
  const found = saidIn(result.findings);
  const fires = messages(found.fires);
  // Cases that are not in force have nothing to say, and an `only` leaves others out.
  const got = mutant.breaks.filter((id) => result.ran.includes(id) && !fires.has(id));
  const lines = got.map((id) => `got away from ${id}`);
  if (!written) return [...lines, 'is written nowhere'];
  for (const [verb, now, then] of [
    ['fires', fires, messages(written.fires)],
    ['errs', messages(found.errors ?? []), messages(written.errors ?? [])],
  ] as const) {
    for (const [id, message] of now) {
      const before = then.get(id);
      if (before === undefined) lines.push(`${id} ${verb}, and should not: ${message}`);
      else if (before !== message && !varies(id) && (whole || mutant.breaks.includes(id)))
        lines.push(`${id} ${verb} for another reason: ${message} (written: ${before})`);
    }
    for (const id of then.keys()) {
      if (whole && result.ran.includes(id) && !now.has(id) && !got.includes(id))
        lines.push(`${id} is silent, and should not be`);
    }
  }
  return lines;
}

/** How a null control's result differs from what is written, a line each. */
export function nullDifferences(result: Result, written: WrittenNull | undefined): string[] {
  if (!written) return ['is written nowhere'];
  const earned = new Map(
    written.passes.flatMap(({ because, requirements }) => requirements.map((id) => [id, because])),
  );
  const ran = [...earned.keys()].filter((id) => result.ran.includes(id));
  return [
    ...(result.exit === written.exit ? [] : [`exits with ${result.exit} instead of ${written.exit}`]),
    ...result.passed.filter((id) => !earned.has(id)).map((id) => `earns ${id}, and should not`),
    ...result.passed.filter((id) => earned.get(id) === '').map((id) => `earns ${id}, and no reason is written`),
    ...ran.filter((id) => !result.passed.includes(id)).map((id) => `does not earn ${id}`),
  ];
}
