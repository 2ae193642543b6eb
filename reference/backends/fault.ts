/** What goes wrong with an answer because it was ordered. How each looks on the wire is `answer/faulty.ts`. */

import { z } from 'zod';
import { Duration } from './duration.ts';
import { strict } from './strict.ts';

const count = z.int().nonnegative();

/** What goes wrong; several at once are lawful. Positions count chunks from the first one, which names the role. */
export const Fault = strict({
  status: z.int().min(400).max(599).exactOptional().describe('The answer is this status and an error, no run begins.'),
  retryAfter: count.exactOptional().describe('Seconds, for the header Retry-After beside `status`.'),
  message: z.string().exactOptional().describe('The words of the error of `status` or `error`.'),
  lateHeaders: Duration.exactOptional().describe('Milliseconds of silence before status and headers.'),
  cut: count
    .exactOptional()
    .describe('After so many chunks (bytes, of an answer that is not a stream) the connection is closed.'),
  reset: count.exactOptional().describe('As `cut`, and the connection is reset.'),
  end: count.exactOptional().describe('As `cut`, and the answer ends as if it were whole.'),
  hang: count.exactOptional().describe('As `cut`, and nothing comes any more until the client leaves.'),
  error: count.exactOptional().describe('After so many chunks an error object takes the place of the rest.'),
  malformed: count.exactOptional().describe('The chunk with this number, from 0 on, is half its JSON.'),
  duplicate: count.exactOptional().describe('The chunk with this number, from 0 on, comes twice.'),
  reorder: count.exactOptional().describe('The chunk with this number, from 0 on, comes after the next one.'),
  noFinish: z.boolean().exactOptional().describe('The chunk with the finish reason is left out.'),
  noDone: z.boolean().exactOptional().describe('The sentinel [DONE] is left out.'),
  split: z.boolean().exactOptional().describe('Every character beyond ASCII arrives in two reads.'),
  trickle: z.int().positive().exactOptional().describe('Bytes a second.'),
  crlf: z.boolean().exactOptional().describe('Lines end with CR LF. Lawful.'),
  comments: z.boolean().exactOptional().describe('A comment stands before every chunk. Lawful.'),
  heartbeat: Duration.positive().exactOptional().describe('A comment comes every so many milliseconds. Lawful.'),
});
/** What goes wrong with one answer; none of it is set where all goes well. */
export type Fault = z.infer<typeof Fault>;
