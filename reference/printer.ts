/** Lines on their way to a terminal, a file or a pipe. */

/**
 * Prints lines. Those of one turn of the event loop share a write, which costs as much as answering a short call; what
 * is left is written when the process ends.
 *
 * @returns Takes one line at a time, without its end.
 */
export function printer(out: Pick<NodeJS.WritableStream, 'write'>): (line: string) => void {
  let waiting = '';
  const write = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines !== '') out.write(lines);
  };
  process.once('exit', write);
  return (line) => {
    if (waiting === '') setImmediate(write);
    waiting += `${line}\n`;
  };
}
