/** Lines on their way to a terminal, a file or a pipe. */

/**
 * Prints lines. Those of one turn of the event loop share a write, which costs as much as answering a short call; what
 * is left, and what is said while the process ends, is written then.
 *
 * @returns Takes one line at a time, without its end.
 */
export function printer(out: Pick<NodeJS.WritableStream, 'write' | 'on'>): (line: string) => void {
  let waiting = '';
  const write = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines !== '') out.write(lines);
  };
  let ending = false;
  process.once('exit', () => {
    ending = true;
    write();
  });
  // The reader of the output has gone, as `head -1` does. The clients of this process have not.
  out.on('error', () => undefined);
  return (line) => {
    // No turn comes after the last one.
    if (waiting === '' && !ending) setImmediate(write);
    waiting += `${line}\n`;
    if (ending) write();
  };
}
