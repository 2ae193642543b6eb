/** A WebSocket handshake as bytes, RFC 6455, section 4: enough to identify the server by its first frame. */
import { finalStatus, withoutInterim } from './responses.ts';

/** The bytes of the opening handshake. */
export function upgradeRequest(baseUrl: string, path: string): string {
  const { host } = new URL(baseUrl);
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n');
}

/**
 * Parses the server's side of the handshake: undefined before a 101. `frame` is the text of the first frame, undefined
 * while it is incomplete.
 */
export function upgraded(bytes: string): { frame: string | undefined } | undefined {
  if (finalStatus(bytes) !== 101) return undefined;
  const switched = withoutInterim(bytes);
  return { frame: textFrame(Buffer.from(switched.slice(switched.indexOf('\r\n\r\n') + 4), 'latin1')) };
}

/** RFC 6455, section 5.2. Byte 0: FIN and opcode 1 (text). Byte 1: the length, or 126 and a 16-bit length. A server never masks. */
function textFrame(bytes: Buffer): string | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x81) return undefined;
  const short = bytes[1]!;
  if (short === 127 || (short === 126 && bytes.length < 4)) return undefined;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  return bytes.length < start + length ? undefined : bytes.toString('utf8', start, start + length);
}
