/** For tests: the gate with a regression added to every gateway: streams end without [DONE]. */
import { fileURLToPath } from 'node:url';
import { gate } from '../commands/gate.ts';
import { frames } from '../vocabulary/liars.ts';
import { DONE } from '../wire/frames.ts';

process.exitCode = await gate(process.argv.slice(2), [process.execPath, fileURLToPath(import.meta.url)], {
  mutant: frames((data) => (data === DONE ? [] : [data])),
});
