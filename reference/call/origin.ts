/**
 * Whether a page of a browser may call, by its `Origin`.
 * Source: https://docs.openclaw.ai/gateway/trusted-proxy-auth#operator-scopes-header
 */

import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../authentication.ts';

/** Networks that are not reached from elsewhere. */
const PRIVATE = new BlockList();
for (const [address, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(address, prefix);
for (const [address, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(address, prefix, 'ipv6');

/**
 * Whether a request has no origin, or one that may call: a configured one; one of the gateway's own host, where that is
 * not reached from elsewhere; for a client of this machine also any of this machine.
 *
 * @param allowed `gateway.controlUi.allowedOrigins`; `*` is every origin.
 * @param local Whether the client is on this machine, without a proxy between.
 */
export function allowsOrigin(headers: IncomingHttpHeaders, allowed: readonly string[], local: boolean): boolean {
  if (headers.origin === undefined || headers.origin.trim() === '') return true;
  const origin = URL.parse(headers.origin);
  if (origin === null || origin.host === '') return false;
  const own = `${origin.protocol}//${origin.host}`.toLowerCase();
  if (allowed.some((one) => one.trim() === '*' || one.trim().toLowerCase() === own)) return true;
  const hostname = origin.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (isLoopback(hostname)) return local;
  return origin.host.toLowerCase() === headers.host?.trim().toLowerCase() && isNear(hostname);
}

function isNear(hostname: string): boolean {
  const version = isIP(hostname);
  if (version !== 0) return PRIVATE.check(hostname, version === 6 ? 'ipv6' : 'ipv4');
  return hostname.endsWith('.local') || hostname.endsWith('.ts.net');
}
