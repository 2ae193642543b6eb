/**
 * What releases do wrong, release by release: `right` is what the reference does, `seen` is what it does instead with
 * `asReleased`. A value is in force from its release until the next one. Seen on the wire of the releases in
 * `fixtures/releases.json`; a link says where it was reported or mended.
 */

import { ANSWERS } from './mistakes/answers.ts';
import { DOOR } from './mistakes/door.ts';
import { FAILURES } from './mistakes/failures.ts';
import { RUNS } from './mistakes/runs.ts';

export const MISTAKES = { ...DOOR, ...RUNS, ...ANSWERS, ...FAILURES };
