/** The probe as a model provider on a given port, for a gateway that the user has started. */
import { loadReplies } from '../../../reference/backends/scripted/replies.ts';
import { scriptedBackend } from '../../../reference/backends/scripted/scripted.ts';
import type { Probe } from '../../dial/probe.ts';
import { UsageError } from '../../usage-error.ts';
import { observed } from './observed-backend.ts';
import { startProvider } from './provider.ts';

/**
 * Starts the probe on 127.0.0.1. The gateway's provider needs `http://127.0.0.1:<port>/v1` as its base URL.
 *
 * @throws {UsageError} when it cannot listen on the port.
 */
export async function startProbe(port: number): Promise<{ url: string; probe: Probe; close(): Promise<void> }> {
  const backend = observed(scriptedBackend(await loadReplies()));
  const provider = await startProvider({ backend, port }).catch((failure: Error) => {
    const got = (failure.cause as NodeJS.ErrnoException | undefined)?.code ?? failure.message;
    throw new UsageError(`Failed to start the probe: expected port ${port} to be free, got ${got}. Name another one.`);
  });
  return { url: provider.url, probe: backend.probe, close: () => provider.close() };
}
