/** The proxy of an environment, and connections through it: CONNECT, RFC 9110, section 9.3.6. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The proxies that an environment names, and the hosts that are reached without one. */
export interface Proxies {
  /** By the scheme of the gateway's URL. */
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly none: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in lower case too, which wins as in curl; undefined without a proxy. */
export function proxiesIn(env: Env): Proxies | undefined {
  const [http, https, none] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => env[name] || env[name.toUpperCase()] || undefined,
  );
  if (http === undefined && https === undefined) return undefined;
  return {
    http,
    https,
    none: (none ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  };
}

/**
 * The proxy for a URL; undefined where it is reached without one. `NO_PROXY` names hosts (`example.org`, `host:8080`),
 * domains with what is below them (`.example.org`), or all (`*`). This machine needs none.
 *
 * @throws {TypeError} when the proxy is no URL.
 */
export function proxyFor({ protocol, hostname, port }: URL, { http, https, none }: Proxies): URL | undefined {
  const proxy = protocol === 'https:' ? https : http;
  if (proxy === undefined || isLoopback(hostname)) return undefined;
  const host = hostname.toLowerCase();
  const isNamed = (name: string): boolean => {
    const domain = name.replace(/^\*?\./, '');
    return [host, `${host}:${port}`].some((one) => one === domain || one.endsWith(`.${domain}`));
  };
  if (none.some((name) => name === '*' || isNamed(name))) return undefined;
  return new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** The passwords that the addresses of proxies have. */
export function passwordsIn({ http = '', https = '' }: Proxies): string[] {
  return [http, https].flatMap((address) => {
    const password = URL.canParse(address) ? new URL(address).password : '';
    return password === '' ? [] : [decodeURIComponent(password)];
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Longest answer of a proxy, in bytes. */
const LONGEST = 16 * 1024;

/**
 * Opens a connection to the host and port of a URL through a proxy. Nothing is sent to the host.
 *
 * @param patience in ms.
 * @throws {Error} when the proxy cannot be reached, refuses, or does not answer in time.
 */
export function tunnel(proxy: URL, to: URL, patience: number): Promise<Socket> {
  const isSecure = proxy.protocol === 'https:';
  const at = { host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port || (isSecure ? 443 : 80)) };
  const target = `${to.hostname}:${to.port || (to.protocol === 'https:' ? 443 : 80)}`;
  const { username, password } = proxy;
  const credential = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const sent = [
    `CONNECT ${target} HTTP/1.1`,
    `Host: ${target}`,
    ...(username === '' ? [] : [`Proxy-Authorization: Basic ${Buffer.from(credential).toString('base64')}`]),
  ];
  return new Promise((resolve, reject) => {
    const socket = isSecure ? connectTls({ ...at, servername: at.host }) : connectTcp(at);
    const failed = (got: string): void => {
      socket.destroy();
      reject(new Error(`the proxy gave no tunnel: ${got}`));
    };
    const timer = setTimeout(() => failed(`no answer within ${patience} ms`), patience);
    let head = '';
    const broken = (error: NodeJS.ErrnoException): void => failed(error.code ?? 'a broken connection');
    const ended = (): void => failed('a closed connection');
    const take = (piece: Buffer): void => {
      head += piece.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1 && head.length <= LONGEST) return;
      if (end === -1) return failed('an answer without an end');
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      if (status === undefined || !status.startsWith('2')) return failed(status ?? 'no HTTP');
      // A host of HTTP and of TLS waits for its client.
      if (end + 4 < head.length) return failed('bytes before a request');
      clearTimeout(timer);
      socket.off('data', take).off('end', ended).off('error', broken);
      resolve(socket);
    };
    socket.on('data', take).on('end', ended).on('error', broken);
    socket.on('close', () => clearTimeout(timer));
    socket.write(`${sent.join('\r\n')}\r\n\r\n`);
  });
}
