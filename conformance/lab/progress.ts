/** How far each release is: one line for each that is being judged, rewritten in place on a terminal. */

export interface Progress {
  /** How far a release is with what it does now. */
  at(release: string, doing: string, done: number, of: number): void;
  /** A line that stays, above those that change. */
  say(line: string): void;
  /** The release is through. */
  end(release: string): void;
}

interface Doing {
  readonly what: string;
  readonly since: number;
  readonly done: number;
  readonly of: number;
}

/** How often something that cannot be rewritten says how far it is: after each of so many parts. */
const PARTS = 4;

/**
 * @param releases how many there are in all.
 * @param screen where lines go; `live`: they may be written over.
 * @param now in ms.
 */
export function progressOf(
  releases: number,
  screen: { readonly write: (text: string) => void; readonly live: boolean },
  now: () => number = () => performance.now(),
): Progress {
  const under = new Map<string, Doing>();
  const began = now();
  let through = 0;
  let painted = 0;

  const wipe = (): void => {
    if (painted > 0) screen.write(`\x1b[${painted}A\x1b[J`);
    painted = 0;
  };
  const paint = (): void => {
    if (!screen.live) return;
    const lines = [...under].map(([release, doing]) => lineOf(release, doing, now()));
    if (releases > 1 && lines.length > 0)
      lines.push(`${through} of ${releases} releases${left(now() - began, through, releases)}`);
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
      const before = under.get(release);
      const doing = { what, since: before?.what === what ? before.since : now(), done, of };
      under.set(release, doing);
      const part = ({ done, of }: Doing): number => Math.floor((PARTS * done) / Math.max(1, of));
      if (screen.live) {
        wipe();
        paint();
      } else if (before?.what !== what || part(before) !== part(doing)) {
        screen.write(`${lineOf(release, doing, now())}\n`);
      }
    },
    end(release) {
      wipe();
      under.delete(release);
      through++;
      paint();
    },
  };
}

function lineOf(release: string, { what, since, done, of }: Doing, at: number): string {
  return `${release}: ${what} ${done}/${of}${left(at - since, done, of)}`;
}

/** What is left, when all parts take as long as those that are done; '' while none is. */
function left(elapsed: number, done: number, of: number): string {
  if (done === 0 || done >= of) return '';
  const seconds = Math.ceil(((elapsed / done) * (of - done)) / 1000);
  return `, about ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
}
