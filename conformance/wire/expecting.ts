/** Requests with `Expect: 100-continue`, RFC 9110, section 10.1.1: the body waits for a response. */

/** How long a body is held back at most, in ms: a server may have much to do, and curl gives up after one second. */
const LONGEST = 5_000;

export const heldFor = (patience: number): number => Math.min(LONGEST, patience / 2);

/** The head of a request that expects 100, and the rest, which is held back; all bytes and none for any other. */
export function heldBack(sent: string): { readonly first: string; readonly rest: string } {
  const end = sent.indexOf('\r\n\r\n') + 4;
  const [line = '', ...lines] = sent.slice(0, end).split('\r\n');
  const expects = line.endsWith(' HTTP/1.1') && lines.some((one) => /^expect:[ \t]*100-continue[ \t]*$/i.test(one));
  return expects ? { first: sent.slice(0, end), rest: sent.slice(end) } : { first: sent, rest: '' };
}

/** Whether a 100 or a final response began. */
export const isAnswered = (bytes: string): boolean => /(?:^|\r\n\r\n)HTTP\/1\.[01] (?:100|[2-5]\d\d)[ \r]/.test(bytes);

/** Whether a 100 came, be it behind other interim responses. */
export const isContinued = (bytes: string): boolean => /(?:^|\r\n\r\n)HTTP\/1\.1 100[ \r]/.test(bytes);
