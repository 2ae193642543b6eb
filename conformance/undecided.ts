/** What could not be judged, as every part of the suite says it. */

/** The answer can be read neither as yes nor as no. */
export class Undecided extends Error {
  constructor(reason: string) {
    super(`could not be judged: ${reason}`);
    this.name = 'Undecided';
  }
}
