/**
 * Validates the image parts of a message: at most 8 data URLs, of types that models accept. No URL is fetched.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#image-input
 */

const MAX_IMAGES = 8;
const DATA = /^data:image\/(?:jpeg|png|gif|webp|heic|heif)(?:;[^,;]*)*;base64,[a-z0-9+/\s]+={0,2}$/i;

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
 * Whether the images can be passed to an agent.
 *
 * @param strict Whether an image part without a URL is an error; else it is ignored.
 */
export function areSound(images: readonly (string | undefined)[], strict: boolean): boolean {
  const given = images.filter((url) => url !== undefined);
  return (
    given.length <= MAX_IMAGES && given.every((url) => DATA.test(url)) && !(strict && given.length < images.length)
  );
}
