/** The error for a case that could not be judged, in every part of the suite. */
/** The response proves neither that the requirement holds nor that it is violated. */
export class Undecided extends Error {
  constructor(reason: string) {
    super(`could not be judged: ${reason}`);
    this.name = 'Undecided';
  }
}
