/** Parts of a sound client, changed. */
import { SOUND, type Event, type Parts } from '../sound.ts';

/** Events of a sound client, changed. */
export function changed(change: (events: AsyncIterable<string>) => AsyncIterable<string>): Parts['events'] {
  return (body, given) => change(SOUND.events(body, given));
}

/** Takes what a sound client takes, but throws or changes before. */
export function taking(before: (chunk: Event, data: string) => void): Parts['take'] {
  return (data, read) => {
    if (data !== '[DONE]') before(JSON.parse(data) as Event, data);
    return SOUND.take(data, read);
  };
}
