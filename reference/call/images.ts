/**
 * Parts of images: data URLs of a type that models see, a few of them. Nothing is fetched from anywhere.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#image-input
 */

const MOST = 8;
const DATA = /^data:image\/(?:jpeg|png|gif|webp|heic|heif)(?:;[^,;]*)*;base64,[a-z0-9+/\s]+={0,2}$/i;

type Fields = Readonly<Record<string, unknown>>;

/** What a message's parts of images refer to; undefined for one that refers to nothing. */
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
 * Whether an agent can be shown them.
 *
 * @param strict one that refers to nothing is a fault; else it is passed over.
 */
export function areSound(images: readonly (string | undefined)[], strict: boolean): boolean {
  const given = images.filter((url) => url !== undefined);
  return given.length <= MOST && given.every((url) => DATA.test(url)) && !(strict && given.length < images.length);
}
