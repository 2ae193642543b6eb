/**
 * Names that something takes for one: a column that is too short, a slug, a path, a number, an object's keys, a hash. No
 * two of a family are alike in lower case, without blanks at their ends, or in a normal form of Unicode: a gateway may
 * take those for one.
 */

/** Two names of so many characters that differ in the last one alone. */
const alikeUpTo = (length: number): string[] => {
  // The nonce has twelve characters.
  const front = `{nonce}${'x'.repeat(length - 12)}`;
  return [`${front}a`, `${front}b`];
};
/** Two names that differ in the first character alone. */
const alikeFromBehind = (length: number): string[] => ['a', 'b'].map((one) => `${one}${'x'.repeat(length)}{nonce}`);

/** What names are cut at, to keep what is in front of it or behind it. */
const SEPARATORS = ':/@#.-_+%&=?,;|~ '.split('');

const PIECES = SEPARATORS.map((separator, at) => separator + String.fromCharCode(97 + at)).join('');
/** A name with all separators in it. */
const CUT = `kit{nonce}${PIECES}`;
const placeOf = (separator: string): number => CUT.indexOf(separator);

/** The name, and one for each separator that is alike in front of it, and another one behind it. */
export const ALIKE_IN_FRONT: readonly string[] = [
  CUT,
  ...SEPARATORS.map((separator) => `${CUT.slice(0, placeOf(separator) + 1)}z`),
];
/** The name, and one for each separator that is alike behind it, and another one in front of it. */
export const ALIKE_BEHIND: readonly string[] = [
  CUT,
  ...SEPARATORS.map((separator) => `z{nonce}${CUT.slice(placeOf(separator))}`),
];

/** Families of users. What differs in the first two of each is what a gateway is most likely to overlook. */
export const USERS: readonly (readonly string[])[] = [
  ['{nonce}a.b', '{nonce}a-b', '{nonce}a_b', '{nonce}a b', '{nonce}a:b', '{nonce}a/b', '{nonce}ab', '{nonce}a\\b'],
  alikeUpTo(64),
  alikeUpTo(255),
  alikeFromBehind(64),
  ['{digits}', '0{digits}', '{digits}.0', '+{digits}', '{digits}e0'],
  // Beyond what a double can tell apart.
  ['9{digits}0001', '9{digits}0002'],
  ['{nonce}é', '{nonce}e', '{nonce}ë', '{nonce}е'],
  ['{nonce}👍', '{nonce}👎', '{nonce}👍🏽', '{nonce}'],
  ['{nonce}a%2Fb', '{nonce}a/b', '{nonce}a%252Fb', '{nonce}a+b', '{nonce}a b'],
  // The same hash of Java, and the same CRC-32.
  ['{nonce}AaAa', '{nonce}BBBB'],
  ['{nonce}plumless', '{nonce}buckeroo'],
  ['{nonce}ab', '{nonce}a%', '{nonce}a_', '{nonce}a*'],
  ['{nonce}\nx', '{nonce}\ny', '{nonce}'],
  ['{nonce}\tx', '{nonce}\ty'],
  ['{nonce}\0x', '{nonce}\0y'],
  ['team/{nonce}', '../{nonce}', '{nonce}'],
  ['__proto__', 'constructor', 'toString', 'null', 'undefined', '[object Object]'],
];

/** Families of session keys: what a header can carry. */
export const KEYS: readonly (readonly string[])[] = [
  ['kit-{nonce}a.b', 'kit-{nonce}a-b', 'kit-{nonce}a_b', 'kit-{nonce}a b', 'kit-{nonce}a/b', 'kit-{nonce}ab'],
  alikeUpTo(64),
  alikeUpTo(255),
  alikeFromBehind(64),
  ['kit-{nonce}a%2Fb', 'kit-{nonce}a/b', 'kit-{nonce}a+b'],
  ['kit-{nonce}AaAa', 'kit-{nonce}BBBB'],
];

/** Two names of such a length, for a history that draws it. */
export const alike = alikeUpTo;
