/** Progress: one line for each release that is being judged, rewritten in place on a terminal. */

/** Takes the progress of releases and prints it. */
export interface Progress {
  /** Release `release` has done `done` of `of` steps of `doing`. */
  at(release: string, doing: string, done: number, of: number): void;
  /** Prints a line that stays, above those that change. */
  say(line: string): void;
  /** The release is finished. */
  end(release: string): void;
}

interface Doing {
  readonly what: string;
  readonly since: number;
  readonly done: number;
  readonly of: number;
}

/** Where lines cannot be rewritten, progress is printed after each of this many equal parts. */
const PARTS = 4;

/**
 * Prints progress, with an estimate of the time left.
 *
 * @param releases the number of releases in all.
 * @param screen takes the text; `live`: it is a terminal, where lines can be rewritten.
 * @param now a clock, in ms.
 */
export function progressOf(
  releases: number,
  screen: { readonly write: (text: string) => void; readonly live: boolean },
  now: () => number = () => performance.now(),
): Progress {
  const underway = new Map<string, Doing>();
  const began = now();
  let finished = 0;
  let painted = 0;

  const wipe = (): void => {
    if (painted > 0) screen.write(`\x1b[${painted}A\x1b[J`);
    painted = 0;
  };
  const paint = (): void => {
    if (!screen.live) return;
    const lines = [...underway].map(([release, doing]) => lineOf(release, doing, now()));
    if (releases > 1 && lines.length > 0)
      lines.push(`${finished} of ${releases} releases${left(now() - began, finished, releases)}`);
    if (lines.length > 0) screen.write(`${lines.join('\n')}\n`);
    painted = lines.length;
  };
  const say = (line: string): void => {
    wipe();
    screen.write(`${line}\n`);
    paint();
  };

  return {
    say,
    at(release, what, done, of) {
      const before = underway.get(release);
      const doing = { what, since: before?.what === what ? before.since : now(), done, of };
      underway.set(release, doing);
      const part = (one: Doing): number => Math.floor((PARTS * one.done) / Math.max(1, one.of));
      if (screen.live) {
        wipe();
        paint();
      } else if (before?.what !== what || part(before) !== part(doing)) {
        screen.write(`${lineOf(release, doing, now())}\n`);
      }
    },
    end(release) {
      wipe();
      underway.delete(release);
      finished++;
      paint();
    },
  };
}

function lineOf(release: string, { what, since, done, of }: Doing, at: number): string {
  return `${release}: ${what} ${done}/${of}${left(at - since, done, of)}`;
}

/** The time left if all steps take as long as those done; '' when none or all are done. */
function left(elapsed: number, done: number, of: number): string {
  if (done === 0 || done >= of) return '';
  const seconds = Math.ceil(((elapsed / done) * (of - done)) / 1000);
  return `, about ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
}
