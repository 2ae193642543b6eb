/** The proxy of the environment, for this process: fetch's here, that of raw connections by the target. */
import http from 'node:http';
import type { Target } from '../dial/target.ts';
import { UsageError } from '../usage-error.ts';
import { proxyFor } from '../wire/tunnel.ts';

/**
 * Lets fetch reach the deployments of a target through its proxies.
 *
 * @returns Undoes it.
 * @throws {UsageError} when a proxy is no URL, or this Node cannot use one.
 */
export async function throughProxies({ deployments, proxies }: Target): Promise<() => void> {
  if (proxies === undefined) return () => undefined;
  const urls = deployments.map(({ baseUrl }) => new URL(baseUrl));
  const [by, direct] = [
    urls.filter((url) => found(url) !== undefined),
    urls.filter((url) => found(url) === undefined).map(({ host }) => host),
  ];
  if (by.length === 0) return () => undefined;
  if (typeof http.setGlobalProxyFromEnv !== 'function') {
    const mend = 'Update Node, or name the host in NO_PROXY.';
    throw new UsageError(`Failed to use the proxy: expected Node 24.14 or newer, got ${process.version}. ${mend}`);
  }
  const of = (protocol: string): string | undefined => found(by.find((url) => url.protocol === protocol))?.href;
  return http.setGlobalProxyFromEnv({
    ...(of('http:') && { http_proxy: of('http:') }),
    ...(of('https:') && { https_proxy: of('https:') }),
    no_proxy: direct.join(','),
  });

  function found(url: URL | undefined): URL | undefined {
    if (url === undefined) return undefined;
    try {
      return proxyFor(url, proxies!);
    } catch {
      const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
      throw new UsageError(
        `Failed to read ${name}: expected an address like http://proxy.example:3128, got another form. Correct it.`,
      );
    }
  }
}
