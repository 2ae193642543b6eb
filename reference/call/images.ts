/**
 * Validates the image parts of a message: at most 8 data URLs of 10 MiB each, of types that models accept. No URL is
 * fetched.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#image-input
 */

/** How many a message may have. */
export const MAX_IMAGES = 8;
/** How long each may be. */
export const MAX_BYTES = 10 * 1024 * 1024;
const DATA = /^data:([^,;]*)(?:;[^,;]*)*;base64,[a-z0-9+/\s]+={0,2}$/i;
const ACCEPTED = /^image\/(?:jpeg|png|gif|webp|heic|heif)$/i;

/** The first bytes of what is sent as an image, as Latin-1, by type. Bytes of none of these are what they are called. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^[^]{4}ftyp(?:hei[cxms]|hev[cxms])/, 'image/heic'],
  [/^[^]{4}ftypmi[fs]1/, 'image/heif'],
  [/^%PDF/, 'application/pdf'],
];

type Fields = Readonly<Record<string, unknown>>;

/** The URLs of a message's image parts, trimmed; undefined for a part without a URL. */
export function imagesIn(content: unknown): (string | undefined)[] {
  if (!Array.isArray(content)) return [];
  const parts = content.filter((part): part is Fields => typeof part === 'object' && part !== null);
  return parts.filter(({ type }) => type === 'image_url').map(({ image_url: image }) => urlOf(image));
}

function urlOf(image: unknown): string | undefined {
  const url = typeof image === 'object' && image !== null ? (image as Fields).url : image;
  return typeof url === 'string' && url.trim() !== '' ? url.trim() : undefined;
}

/**
 * The images of a message as they are passed to an agent, each under the type that its bytes have; undefined when they
 * cannot be passed.
 *
 * @param strict Whether an image part without a URL is an error; else it is ignored.
 */
export function soundImages(images: readonly (string | undefined)[], strict: boolean): readonly string[] | undefined {
  const given = images.filter((url) => url !== undefined);
  if (given.length > MAX_IMAGES || (strict && given.length < images.length)) return undefined;
  const sound = given.map(typed).filter((url) => url !== undefined);
  return sound.length === given.length ? sound : undefined;
}

function typed(url: string): string | undefined {
  const label = DATA.exec(url)?.[1];
  if (label === undefined) return undefined;
  const data = url.indexOf(',') + 1;
  if (Buffer.byteLength(url.slice(data), 'base64') > MAX_BYTES) return undefined;
  const first = Buffer.from(url.slice(data, data + 64), 'base64').toString('latin1');
  const type = SIGNATURES.find(([bytes]) => bytes.test(first))?.[1] ?? label.toLowerCase();
  if (!ACCEPTED.test(type)) return undefined;
  return type === label.toLowerCase() ? url : `data:${type};base64,${url.slice(data)}`;
}
