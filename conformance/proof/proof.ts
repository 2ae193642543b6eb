/** Every wrong gateway, lawful variant and null control against every case, held against what is written down. */

import { cases } from '../chapters/index.ts';
import { inForce } from '../editions.ts';
import { shuffled } from '../judging/order.ts';
import { catalogueOf, type Catalogued } from './catalogue.ts';
import { LAWFUL } from './lawful.ts';
import { NULLS } from './nulls.ts';
import type { Job, Result } from './runner.ts';
import { scoreOf, type Score, type Weighed } from './score.ts';
import { crew } from './threads.ts';
import { differences, nullDifferences, readWritten, type Written } from './written.ts';

/** What to prove. */
export interface Options {
  readonly edition: string;
  /** Gateways whose name has one of these texts; empty: all. */
  readonly only: readonly string[];
  /** As many gateways, drawn by a seed. Default: all. */
  readonly sample?: { readonly of: number; readonly seed: number } | undefined;
  /** Every case judges each wrong gateway. Default: those of the chapters that it breaks, and a share of the others. */
  readonly whole?: boolean;
  readonly threads: number;
  /** A case whose assertion is deleted; then it alone runs, against the wrong gateways that it has to notice. */
  readonly weak?: string;
}

/** What was found, and whether it is as written. */
export interface Proof {
  readonly score: Score;
  readonly catalogue: readonly Catalogued[];
  readonly weighed: readonly Weighed[];
  readonly results: readonly Result[];
  readonly executions: number;
  readonly ms: number;
  /** All is as written, and nothing that is written is missing. */
  readonly holds: boolean;
}

/**
 * Makes a proof, against references of its own.
 *
 * @param tell Called with each gateway as soon as it is weighed.
 * @throws When a thread fails: the proof could not be made.
 */
export async function prove(
  { edition, only, sample, whole = false, threads, weak }: Options,
  tell: (done: number, of: number, one: Weighed) => void,
): Promise<Proof> {
  const began = performance.now();
  const written = readWritten(edition);
  const current = cases.filter((one) => inForce(one, edition));
  const ids = new Set(current.map(({ id }) => id));
  const catalogue = catalogueOf(cases).filter(({ breaks }) => breaks.some((id) => ids.has(id)));
  const mutants = new Map(catalogue.map((one) => [one.id, one]));
  const wanted = jobsOf(catalogue)
    .filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)))
    .filter(({ name }) => weak === undefined || mutants.get(name)?.breaks.includes(weak));
  const jobs = sample === undefined ? wanted : shuffled(wanted, sample.seed).slice(0, sample.of);
  const setting = { edition, only: weak === undefined ? [] : [weak], weak: weak === undefined ? [] : [weak], whole };
  const results: Result[] = [];
  const weighed: Weighed[] = [];
  for await (const result of crew(jobs, setting, threads)) {
    const one = weigh(result, mutants.get(result.name), written, whole);
    results.push(result);
    weighed.push(one);
    tell(weighed.length, jobs.length, one);
  }
  const order = new Map(jobs.map(({ kind, name }, at) => [`${kind} ${name}`, at]));
  const inOrder = (a: Job, b: Job): number => order.get(`${a.kind} ${a.name}`)! - order.get(`${b.kind} ${b.name}`)!;
  return {
    score: scoreOf(edition, current.length, weighed),
    catalogue,
    weighed: weighed.toSorted(inOrder),
    results: results.toSorted(inOrder),
    executions: results.reduce((sum, { ran }) => sum + ran.length, 0),
    ms: performance.now() - began,
    holds: weighed.length > 0 && weighed.every(({ wrong }) => wrong.length === 0) && written?.edition === edition,
  };
}

/** The names of all gateways of a proof, in order. */
export function namesOf(catalogue: readonly Catalogued[]): Record<Job['kind'], string[]> {
  return { mutant: catalogue.map(({ id }) => id), null: Object.keys(NULLS), lawful: Object.keys(LAWFUL) };
}

/** The gateways with the longest waits come first: begun last, they would run alone at the end. */
function jobsOf(catalogue: readonly Catalogued[]): Job[] {
  const waits = (name: string): boolean => /never ends/.test(name);
  const names = namesOf(catalogue);
  const kinds = ['mutant', 'null', 'lawful'] as const;
  const jobs = kinds.flatMap((kind) => names[kind].map((name): Job => ({ kind, name })));
  return jobs.toSorted((a, b) => Number(waits(b.name)) - Number(waits(a.name)));
}

function weigh(result: Result, mutant: Catalogued | undefined, written: Written | undefined, whole: boolean): Weighed {
  const { kind, name, findings, passed, ms } = result;
  const fired = findings.filter((finding) => finding.kind !== 'errored');
  const noticed = new Set(fired.map(({ requirement }) => requirement));
  return {
    kind,
    name,
    wrong: differencesOf(result, mutant, written, whole),
    by: Object.fromEntries(
      kind === 'null'
        ? passed.map((id) => [id, 'earned'])
        : fired.map(({ requirement, message }) => [requirement, message]),
    ),
    caught: mutant?.breaks.every((id) => noticed.has(id) || !result.ran.includes(id)) ?? false,
    ms,
  };
}

/** Drawn histories name the first call that breaks them, by chance. */
const varies = (id: string): boolean => id.startsWith('sessions.histories.');

function differencesOf(
  result: Result,
  mutant: Catalogued | undefined,
  written: Written | undefined,
  whole: boolean,
): string[] {
  if (mutant)
    return differences(
      mutant,
      result,
      written?.mutants.find(({ id }) => id === result.name),
      { whole, varies },
    );
  if (result.kind === 'null')
    return nullDifferences(
      result,
      written?.nulls.find(({ name }) => name === result.name),
    );
  const { findings } = result;
  return findings.map(({ requirement, message }) => `${requirement} speaks, and should not: ${message}`);
}
