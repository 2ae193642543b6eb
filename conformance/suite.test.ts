/**
 * Runs the suite under Vitest: against the embedded reference, or against `OPENCLAW_CONFORMANCE_URL` with the secret in
 * `OPENCLAW_GATEWAY_TOKEN` or `OPENCLAW_GATEWAY_PASSWORD`.
 */
import { afterAll } from 'vitest';
import { readArguments } from './commands/conformance-flags.ts';
import { readTarget } from './commands/target-file.ts';
import { startEmbedded } from './lab/embedded.ts';
import { registerConformance } from './vitest.ts';

const url = process.env.OPENCLAW_CONFORMANCE_URL;
const named = readTarget(readArguments(url ? ['--base-url', url] : []), process.env);
const embedded = named ? undefined : await startEmbedded();
afterAll(() => embedded?.close());

registerConformance(named ?? embedded!.target);
