/** The URL of a server on this machine. */

import { isIPv6, type AddressInfo } from 'node:net';

/** Whether the host is the unspecified address, `0.0.0.0` or `::`, which listens on every interface. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The URL of a server that listens on `host`: `127.0.0.1` for an unspecified address, brackets around IPv6. */
export function urlOf(host: string, { port }: Pick<AddressInfo, 'port'>): string {
  const reachable = isEverywhere(host) ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}
