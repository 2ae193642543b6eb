/** Lies about the calls of an answer, whole and in the pieces of a stream. */

import type { Mutant } from '../../dial/mutant.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { eachCall, eachPiece, ofCalls } from './asking.ts';

/** Changes the arguments of calls, whole and in the pieces of a stream. */
export const misread = (edit: (text: string) => string): Mutant => {
  const [whole, pieces] = [
    eachCall((call) => ({ ...call, function: { ...call.function, arguments: edit(call.function.arguments) } })),
    eachPiece((piece) => ({ ...piece, function: { ...piece.function, arguments: edit(piece.function.arguments) } })),
  ];
  return (request, faithful) => pieces(request, (asked) => whole(asked, faithful));
};

/** Gives names back as an API without dashes has them. */
export const dashless: Mutant = (request, faithful) => {
  const rename = (call: Json): Json =>
    typeof call.function?.name === 'string'
      ? { ...call, function: { ...call.function, name: call.function.name.replaceAll('-', '_') } }
      : call;
  return eachPiece(rename)(request, (asked) => eachCall(rename)(asked, faithful));
};

/** About several calls of one answer. */
export const several: Readonly<Record<string, Mutant>> = {
  'makes one call at a time': ofCalls((calls) => calls.slice(0, 1)),
  'turns them around': ofCalls((calls) => calls.toReversed()),
  'streams the first alone': eachPiece((piece) => (piece.index === 0 ? piece : undefined)),
  'streams all as one': eachPiece((piece) => ({ ...piece, index: 0 })),
};
