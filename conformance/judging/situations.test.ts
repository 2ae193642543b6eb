import { describe, expect, it } from 'vitest';
import { placed, situationText, type Dimensions, type Situation } from '../dial/situation.ts';
import { situationsOf } from './situations.ts';

const situations = {
  mode: ['whole', 'streamed'],
  naming: ['bare', 'user', 'key', 'agent header'],
  usage: ['not asked', 'asked'],
  saying: ['a sentence', 'one word', 'emoji'],
} satisfies Dimensions;
const openclaw = { profile: 'openclaw' } as const;

/** Each pair of values of two dimensions. */
function pairs(dimensions: Dimensions): [string, string, string, string][] {
  const entries = Object.entries(dimensions) as [string, readonly string[]][];
  return entries.flatMap(([a, as], at) =>
    entries
      .slice(at + 1)
      .flatMap(([b, bs]) => as.flatMap((x) => bs.map((y): [string, string, string, string] => [a, x, b, y]))),
  );
}

describe('situationsOf', () => {
  it("is today's call alone at quick, and where a case has no situations", () => {
    expect(situationsOf({ situations }, 'quick', openclaw)).toEqual([
      { mode: 'whole', naming: 'bare', usage: 'not asked', saying: 'a sentence' },
    ]);
    expect(situationsOf({}, 'deep', openclaw)).toEqual([{}]);
  });

  it('has each pair of values at standard, in far fewer situations than all', () => {
    const chosen = situationsOf({ situations }, 'standard', openclaw);
    const missing = pairs(situations).filter(
      ([a, x, b, y]) => !chosen.some((one) => one[a as keyof Situation] === x && one[b as keyof Situation] === y),
    );
    expect(missing).toEqual([]);
    expect(chosen.length).toBeLessThanOrEqual(14);
    expect(situationsOf({ situations }, 'deep', openclaw)).toHaveLength(48);
  });

  it('has each value of one dimension at standard', () => {
    expect(situationsOf({ situations: { mode: ['whole', 'streamed'] } }, 'standard', openclaw)).toHaveLength(2);
  });

  it('leaves agents and session keys out of profile core', () => {
    const chosen = situationsOf({ situations }, 'deep', { profile: 'core' });
    expect(new Set(chosen.map(({ naming }) => naming))).toEqual(new Set(['bare', 'user']));
  });

  it('takes a list as it is, and its first situation alone at quick', () => {
    const list: Situation[] = [{}, { mode: 'streamed', naming: 'key' }];
    expect(situationsOf({ situations: list }, 'standard', openclaw)).toEqual(list);
    expect(situationsOf({ situations: list }, 'quick', openclaw)).toEqual([{}]);
    expect(situationsOf({ situations: list }, 'deep', { profile: 'core' })).toEqual([{}]);
  });
});

describe('a situation', () => {
  it("is named in words, and today's call by none", () => {
    expect(situationText({ mode: 'whole', naming: 'bare', later: 'whole' })).toBe('');
    expect(situationText({ mode: 'streamed', naming: 'user', usage: 'asked' })).toBe(
      'streamed, with a user, usage asked',
    );
    expect(situationText({ mode: 'streamed', later: 'whole' })).toBe('streamed, then whole');
  });

  it('adds what a call does not say itself, and changes nothing that it says', () => {
    const who = { nonce: 'n', agents: ['main'] } as const;
    const all: Situation = { mode: 'streamed', naming: 'user', usage: 'asked' };
    expect(placed(all, { body: { model: 'm' }, headers: {} }, true, who).body).toEqual({
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
      user: 'ann-n',
    });
    const own = { body: { stream: false, user: 'bob' }, headers: { 'x-openclaw-session-key': 'mine' } };
    expect(placed(all, own, true, who)).toEqual(own);
    expect(placed({ naming: 'key' }, own, true, who)).toEqual(own);
  });

  it('names the agent in another way from the second call on', () => {
    const who = { nonce: 'n', agents: ['main'] } as const;
    const call = { body: { model: 'openclaw:beta' }, headers: {} };
    expect(placed({ addressed: 'by header' }, call, true, who)).toEqual(call);
    expect(placed({ addressed: 'by header' }, call, false, who)).toEqual({
      body: { model: 'openclaw' },
      headers: { 'x-openclaw-agent-id': 'beta' },
    });
    expect(placed({ addressed: 'by another spelling' }, call, false, who).body).toEqual({ model: 'agent:beta' });
  });
});
