/** For tests: the gate, where every gateway has a regression that its release has not: streams end without [DONE]. */
import { fileURLToPath } from 'node:url';
import { frames } from '../mutants.ts';
import { DONE } from '../wire/frames.ts';
import { gate } from './gate.ts';

process.exitCode = await gate(process.argv.slice(2), [process.execPath, fileURLToPath(import.meta.url)], {
  mutant: frames((data) => (data === DONE ? [] : [data])),
});
