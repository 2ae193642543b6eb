/**
 * Regular expressions of an author's, on texts of a stranger's. A pattern such as `(a+)+$` takes a lifetime on a text
 * made for it, and while it runs nothing else does: so each test has a bound in time, which a good one never meets.
 */

import { createContext, Script } from 'node:vm';

/** In ms of this thread alone; beyond it the text counts as one that does not match. */
const PATIENCE = 50;

const box: { pattern: RegExp; text: string } = { pattern: /(?:)/, text: '' };
const script = new Script('pattern.test(text)');
let context: object | undefined;

/** Whether a pattern is found in a text. */
export function found(pattern: RegExp, text: string): boolean {
  context ??= createContext(box);
  Object.assign(box, { pattern, text });
  try {
    return script.runInContext(context, { timeout: PATIENCE }) === true;
  } catch {
    return false;
  }
}
