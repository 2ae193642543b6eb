/**
 * Directives that agents write into their text for OpenClaw: to which message they reply, how, and what they attach. The
 * text is foreign and long, so that each search is linear in its length.
 */

/** `[[reply_to_current]]`, `[[reply_to: <id>]]` or `[[audio_as_voice]]`, with the blanks behind it. */
const TAG = String.raw`\[\[\s*(?:(?:reply_to_current|audio_as_voice)\s*|reply_to\s*:[^\][\n]+)\]\]\s*`;
const TAGS = new RegExp(TAG, 'g');
const ONE_TAG = new RegExp(`^${TAG}$`);

/** A line that is `MEDIA:` and a file, or the beginning of one. */
const MEDIA = /^M(?:E(?:D(?:I(?:A(?::.*)?)?)?)?)?$/;

/** The text without tags. */
export const untagged = (text: string): string => text.replace(TAGS, '');

/**
 * The index from which on a text may be the beginning of a directive, or is one that nothing follows, or blanks in front of
 * it: what is shown of it depends on what comes next.
 *
 * @param media whether lines that attach a file are directives too.
 */
export function heldFrom(text: string, media: boolean): number {
  const begins = [openTag(text), closedTags(text), media ? mediaLine(text) : text.length];
  return text.slice(0, Math.min(...begins)).trimEnd().length;
}

/** Where a tag begins that is not closed, but for one of its two brackets. */
function openTag(text: string): number {
  const closed = text.lastIndexOf(']', text.length - 2);
  const open = text.indexOf('[[', closed + 1);
  return open === -1 ? text.length : open;
}

/** Where the tags begin that are the end of the text. */
function closedTags(text: string): number {
  let from = text.length;
  for (;;) {
    const open = text.slice(0, from).trimEnd().endsWith(']]') ? text.lastIndexOf('[[', from - 1) : -1;
    if (open === -1 || !ONE_TAG.test(text.slice(open, from))) return from;
    from = open;
  }
}

function mediaLine(text: string): number {
  const line = text.lastIndexOf('\n') + 1;
  return MEDIA.test(text.slice(line)) ? line : text.length;
}
