/**
 * Which way a request came, and who a trusted proxy says that its user is.
 * Source: https://docs.openclaw.ai/gateway/trusted-proxy-auth
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopback, plainAddress, type ProxyIdentity, type ProxyTrust } from '../authentication.ts';

/** Headers that proxies add, beside those that begin with `x-forwarded-`. */
const FORWARDED = new Set([
  'forwarded',
  'x-real-ip',
  'tailscale-user-login',
  'tailscale-user-name',
  'tailscale-user-profile-pic',
  'tailscale-headers-info',
  'tailscale-funnel-request',
]);

/** Whether a proxy passed a request on. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith('x-forwarded-') || FORWARDED.has(name)) return true;
  return false;
}

/** A trusted proxy passed it on for a client that it names, a proxy did that is not trusted or names none, or neither. */
export type Way = 'proxy' | 'unknown' | 'direct';

/** The proxies that a gateway trusts. */
export class Proxies {
  /** Undefined when there are none. */
  readonly #trusted: BlockList | undefined;
  readonly #realIp: boolean;

  /** @throws {Error} in one line for what is neither an address nor a network. */
  constructor({ proxies, realIp }: ProxyTrust) {
    this.#trusted = proxies.length === 0 ? undefined : listOf(proxies);
    this.#realIp = realIp;
  }

  wayOf({ headers, socket }: IncomingMessage): Way {
    const forwarded = isForwarded(headers);
    if (this.#trusted === undefined) return forwarded ? 'unknown' : 'direct';
    const address = socket.remoteAddress ?? '';
    if (!forwarded && isLoopback(address)) return 'direct';
    if (!this.trusts(address)) return forwarded ? 'unknown' : 'direct';
    return this.#clientIn(headers) === undefined ? 'unknown' : 'proxy';
  }

  trusts(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#trusted?.check(plain, version === 6 ? 'ipv6' : 'ipv4') === true;
  }

  /** The client that a trusted proxy names: the last address of the chain that is neither a proxy nor of this machine. */
  #clientIn(headers: IncomingHttpHeaders): string | undefined {
    const chain = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .flatMap((hop) => addressIn(hop) ?? []);
    const client = chain.findLast((hop) => !isLoopback(hop) && !this.trusts(hop));
    if (client !== undefined || !this.#realIp) return client;
    const real = addressIn(String(headers['x-real-ip'] ?? ''));
    return real === undefined || isLoopback(real) ? undefined : real;
  }
}

/**
 * The user that a trusted proxy names; undefined when the request is not the proxy's, lacks a header, or when the user is
 * not let in.
 */
export function userOf(
  { headers, socket }: IncomingMessage,
  proxies: Proxies,
  { userHeader, requiredHeaders, allowUsers, allowLoopback }: ProxyIdentity,
): string | undefined {
  const address = socket.remoteAddress ?? '';
  if (!proxies.trusts(address)) return undefined;
  if (isLoopback(address) ? !allowLoopback : isOwn(address)) return undefined;
  const said = (header: string): string => String(headers[header] ?? '').trim();
  if (requiredHeaders.some((header) => said(header) === '')) return undefined;
  const user = said(userHeader);
  if (user === '' || (allowUsers.length > 0 && !allowUsers.includes(user))) return undefined;
  return user;
}

/** Whether an address is one of this machine's own, from which no proxy calls. */
function isOwn(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return own.some((entry) => plainAddress(entry.address) === plainAddress(address));
}

/** An address, with a port or in brackets or neither; undefined for anything else. */
function addressIn(text: string): string | undefined {
  const trimmed = text.trim();
  const [, bracketed, dotted] = /^\[([^\]]*)\]|^([\d.]+):\d+$/.exec(trimmed) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? trimmed);
  return isIP(address) === 0 ? undefined : address;
}

function listOf(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [given = '', bits] = proxy.trim().split('/', 2);
    const address = plainAddress(given);
    const version = isIP(address);
    const size = version === 6 ? 128 : 32;
    // A prefix of a mapped network counts the 96 bits before the address of IPv4.
    const prefix = bits === undefined ? size : Number(bits) - (address === given.toLowerCase() ? 0 : 96);
    if (version === 0 || !(Number.isInteger(prefix) && prefix >= 0 && prefix <= size)) {
      throw new Error(
        `Failed to read gateway.trustedProxies: expected addresses or networks like 10.0.0.0/8, got ${JSON.stringify(proxy)}. Mend that entry.`,
      );
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
