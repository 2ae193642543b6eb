/** `npx openclaw-compat-kit COMMAND`: all commands of the package by one name. */
import { ended, readCommandLine } from '../conformance/commands/command-line.ts';
import { EXIT } from '../conformance/judging/verdict.ts';
import { COMMANDS, run } from './command.ts';

const [name = '', ...argv] = process.argv.slice(2);
const known = Object.keys(COMMANDS).find((one): one is keyof typeof COMMANDS => one === name);
if (known !== undefined) await run(known, argv);
else process.exitCode = await ended(unchosen);

/** Prints the help, or says which command was meant. */
function unchosen(): number {
  const call = 'npx openclaw-compat-kit';
  readCommandLine(process.argv.slice(2), {
    invocation: call,
    says: 'Does a gateway speak OpenClaw? This kit judges gateways, and has one that clients are tested against.',
    flags: {},
    commands: Object.fromEntries(Object.entries(COMMANDS).map(([command, { does }]) => [command, does])),
    more: `Each has its own help: ${call} judge --help`,
  });
  return EXIT.usage;
}
