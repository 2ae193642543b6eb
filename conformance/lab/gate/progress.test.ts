import { expect, test } from 'vitest';
import { progressOf, type Progress } from './progress.ts';

/** A terminal that interprets the control sequences. */
interface Screen {
  readonly progress: Progress;
  readonly shown: () => string[];
  readonly pass: (ms: number) => void;
}

function screen(live: boolean, releases = 1): Screen {
  let lines: string[] = [];
  let now = 0;
  const write = (text: string): void => {
    // `ESC [ n A ESC [ J`: n lines up, then clear everything below.
    const up = text.startsWith('\x1b[') ? text.slice(2).split('A')[0] : undefined;
    if (up === undefined) lines = [...lines, ...text.trimEnd().split('\n')];
    else lines = lines.slice(0, -Number(up));
  };
  return {
    progress: progressOf(releases, { write, live }, () => now),
    shown: () => lines,
    pass: (ms) => void (now += ms),
  };
}

test('a release has one line, which is rewritten, with an estimate from the steps done', () => {
  const { progress, shown, pass } = screen(true);
  progress.at('2026.9.6', 'starting', 0, 8);
  pass(10_000);
  progress.at('2026.9.6', 'starting', 2, 8);
  expect(shown()).toEqual(['2026.9.6: starting 2/8, about 30 s left']);
  progress.at('2026.9.6', 'judging', 0, 200);
  pass(4_000);
  progress.at('2026.9.6', 'judging', 4, 200);
  expect(shown()).toEqual(['2026.9.6: judging 4/200, about 3 min left']);
});

test('a message stays above the lines that change, and a finished release has no line', () => {
  const { progress, shown, pass } = screen(true, 3);
  progress.at('a', 'judging', 1, 2);
  progress.say('a finding');
  pass(60_000);
  progress.end('a');
  progress.at('b', 'judging', 0, 2);
  expect(shown()).toEqual(['a finding', 'b: judging 0/2', '1 of 3 releases, about 2 min left']);
  progress.end('b');
  expect(shown()).toEqual(['a finding']);
});

test('without a terminal, a line is printed for the start and for each quarter', () => {
  const { progress, shown } = screen(false, 2);
  for (let done = 0; done <= 40; done++) progress.at('a', 'judging', done, 40);
  progress.end('a');
  expect(shown().map((line) => line.split(',')[0])).toEqual([0, 10, 20, 30, 40].map((done) => `a: judging ${done}/40`));
});
