/** The opening of a WebSocket as bytes, RFC 6455: enough to see who answers on the port, and what is said first. */

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
 * What the other side said, once it has switched protocols: undefined before that; `frame` is the text of its first
 * frame, undefined while that is not whole.
 */
export function upgraded(bytes: string): { frame: string | undefined } | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1 || !bytes.startsWith('HTTP/1.1 101 ')) return undefined;
  return { frame: textFrame(Buffer.from(bytes.slice(head + 4), 'latin1')) };
}

/** Byte 0: FIN and opcode 1 (text). Byte 1: the length, or 126 and two bytes of it. A server never masks. */
function textFrame(bytes: Buffer): string | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x81) return undefined;
  const short = bytes[1]!;
  if (short === 127 || (short === 126 && bytes.length < 4)) return undefined;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  return bytes.length < start + length ? undefined : bytes.toString('utf8', start, start + length);
}
