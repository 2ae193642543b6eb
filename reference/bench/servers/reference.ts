/** The reference with the replies of the bench, logging its calls as `npm run reference` does. */

import { fileURLToPath } from 'node:url';
import { loadReplies } from '../../backends/replies.ts';
import { scriptedBackend } from '../../backends/scripted.ts';
import { createGateway } from '../../gateway.ts';
import { readOptions } from '../../options.ts';
import { printer } from '../../printer.ts';

const file = fileURLToPath(new URL('../../../fixtures/gateways/token.json5', import.meta.url));
const options = readOptions({ file, overrides: { port: Number(process.argv[2]) } });
const backend = scriptedBackend(await loadReplies(fileURLToPath(new URL('../replies', import.meta.url))));
const log = printer(process.stdout);
log(await createGateway({ ...options, backend, log }).listen());
