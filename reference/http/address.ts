/** How a server is called from this machine. */

import { isIPv6, type AddressInfo } from 'node:net';

/** Whether that is every address of this machine. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The URL of a server that listens on `host`. */
export function urlOf(host: string, { port }: Pick<AddressInfo, 'port'>): string {
  const reachable = isEverywhere(host) ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}
