/** The commands of the package, by their names. Each is loaded when it is run: help and wrong usage are told without it. */
import { ended, readCommandLine, type CommandTable, type Surroundings } from '../conformance/commands/command-line.ts';
import { withConfiguration } from '../conformance/commands/configuration.ts';
import { invocation, type CommandName } from '../conformance/reports/invocation.ts';

interface Command {
  /** What it does, on one line. */
  readonly does: string;
  readonly table: () => Promise<CommandTable>;
  /** Runs it. `self` is the command that starts this process again, without `argv`. */
  readonly run: (argv: readonly string[], self: readonly string[]) => Promise<number>;
}

const world: Surroundings = {
  env: process.env,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  live: process.stdout.isTTY,
};

/** In the order of their use. */
export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  judge: {
    does: 'judge a gateway, requirement by requirement',
    table: async () => (await import('../conformance/commands/conformance-flags.ts')).JUDGE,
    run: async (argv) => {
      const { conformance } = await import('../conformance/commands/conformance.ts');
      const code = await conformance(argv, world);
      // A connection attempt without an answer would keep the process alive for fetch's timeout of ten seconds.
      setTimeout(() => process.exit(), 1000).unref();
      return code;
    },
  },
  reference: {
    does: 'start a faithful gateway, for the tests of a client',
    table: reference,
    run: async (argv) => {
      const { values } = readCommandLine(argv, await reference());
      const { start } = await import('../reference/command/command.ts');
      try {
        await start(values);
        return 0;
      } catch (cause) {
        process.stderr.write(`${cause instanceof Error ? cause.message : 'Failed to start.'}\n`);
        return 2;
      }
    },
  },
  client: {
    does: 'judge a client, in any language, requirement by requirement',
    table: async () => (await import('../conformance/commands/client-flags.ts')).CLIENT,
    run: async (argv) => (await import('../conformance/commands/client.ts')).client(argv, world),
  },
  gate: {
    does: 'install releases of OpenClaw, start them, and judge them',
    table: async () => (await import('../conformance/commands/gate-flags.ts')).GATE,
    run: async (argv, self) => (await import('../conformance/commands/gate.ts')).gate(argv, self),
  },
  compare: {
    does: 'show what differs between two reports',
    table: async () => (await import('../conformance/commands/report-flags.ts')).COMPARE,
    run: async (argv) => (await import('../conformance/commands/compare.ts')).compare(argv, world.write),
  },
  merge: {
    does: 'merge the reports of several machines',
    table: async () => (await import('../conformance/commands/report-flags.ts')).MERGE,
    run: async (argv) => (await import('../conformance/commands/merge.ts')).merge(argv, world.write),
  },
  difference: {
    does: 'compare a real release with the reference as that release',
    table: async () => (await import('../conformance/commands/difference-flags.ts')).DIFFERENCE,
    run: async (argv, self) => (await import('../conformance/commands/difference.ts')).difference(argv, self),
  },
};

async function reference() {
  const { examples, FLAGS, SAYS } = await import('../reference/command/flags.ts');
  const call = invocation('reference');
  return { invocation: call, says: SAYS, flags: FLAGS, more: examples(call) } satisfies CommandTable;
}

/** Runs the command of that name, and sets the exit code of this process. */
export async function run(name: CommandName, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { table, run: start } = COMMANDS[name];
  process.exitCode = await ended(async () => {
    const flags = await table();
    readCommandLine(argv, flags);
    const whole = await withConfiguration(argv, name, flags, Object.keys(COMMANDS));
    // A process that starts itself again reads the configuration again.
    return start(whole, [process.execPath, ...process.argv.slice(1, process.argv.length - argv.length)]);
  });
}
