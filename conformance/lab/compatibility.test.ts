/** Which edition the reference keeps when it is another release, with and without that release's mistakes. */
import { expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { NEWEST } from '../editions.ts';
import { compatibility, compatibilityText, type Compatibility } from '../judging/compatibility.ts';
import { startEmbedded } from './embedded.ts';
import { waiversOf } from './release-waivers.ts';

// Those by which releases are told apart, and some that all keep.
const telling = cases.filter(({ id }) => /^(?:agents|authentication\.wrong|errors\.no-leak|models\.)/.test(id));
const mistakes = (edition: string): ReadonlySet<string> =>
  new Set(waiversOf({ edition, build: false }).map(({ id }) => id));

async function found(edition: string, asReleased = false): Promise<Compatibility> {
  const embedded = await startEmbedded({ edition, asReleased });
  try {
    return (await compatibility(telling, { ...embedded.target, edition: NEWEST }, mistakes))!;
  } finally {
    await embedded.close();
  }
}

test('the reference keeps the newest edition, and no other one is tried', async () => {
  expect(await found(NEWEST)).toEqual({
    edition: NEWEST,
    kept: true,
    tried: [{ edition: NEWEST, ids: [], mistakes: [] }],
  });
});

test('the reference as an older release keeps the edition of it, and each newer one lacks something', async () => {
  const compatible = await found('2026.3.13');
  expect(compatible).toMatchObject({ edition: '2026.3.13', kept: true });
  expect(compatible.tried.slice(0, -1).filter(({ ids }) => ids.length === 0)).toEqual([]);
  expect(compatibilityText(compatible)).toMatch(/^Compatible with 2026\.3\.13: nothing that it must keep is missing/);
});

test('the known mistakes of a release do not make a gateway incompatible with it', async () => {
  const compatible = await found('2026.5.28', true);
  expect(compatible).toMatchObject({ edition: '2026.5.28', kept: true });
  expect(compatible.tried.at(-1)!.mistakes).toContain('errors.no-leak.provider');
  expect(compatibilityText(compatible)).toContain('only what its release lacks too is missing, errors.no-leak.');
});

test('a gateway that keeps no edition is told so, with the edition of which the fewest are missing', async () => {
  const embedded = await startEmbedded();
  try {
    const [first] = embedded.target.deployments;
    const deaf = { ...embedded.target, deployments: [{ ...first, credential: 'another' }] as const };
    const compatible = (await compatibility(telling.slice(0, 3), deaf, mistakes))!;
    expect(compatible.kept).toBe(false);
    expect(compatibilityText(compatible)).toContain('Compatible with no edition');
  } finally {
    await embedded.close();
  }
});

test('the deadline is one for all editions, and behind it none is named', async () => {
  const embedded = await startEmbedded({ edition: '2026.3.13' });
  try {
    const { target } = embedded;
    expect(await compatibility(telling, { ...target, edition: NEWEST }, mistakes, { deadline: 0.05 })).toBeUndefined();
  } finally {
    await embedded.close();
  }
});

test('only the requirements that are asked for count', async () => {
  const embedded = await startEmbedded({ edition: '2026.3.13' });
  try {
    const target = { ...embedded.target, edition: NEWEST };
    const only = ['authentication.wrong'];
    expect(await compatibility(telling, target, mistakes, { only })).toMatchObject({ edition: NEWEST, kept: true });
  } finally {
    await embedded.close();
  }
});
