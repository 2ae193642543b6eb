/** `npm run conformance`: judges one gateway, or tells about the requirements; returns an exit code. */
import { EXIT } from '../judging/verdict.ts';
import { ended, type Surroundings } from './command-line.ts';
import { readArguments } from './conformance-flags.ts';

/** Runs the command. Resolves to the exit code; a `UsageError` is printed, not thrown. */
export function conformance(argv: readonly string[], world: Surroundings): Promise<number> {
  return ended(async () => {
    const flags = readArguments(argv);
    if (flags.list || flags.explain !== undefined) {
      const { explained, listed } = await import('./explaining.ts');
      const { explain, json } = flags;
      world.write(`${explain === undefined ? listed(json) : explained(explain, json)}\n`);
      return EXIT.good;
    }
    const { judged } = await import('./round.ts');
    return judged(flags, argv, world);
  }, world);
}
