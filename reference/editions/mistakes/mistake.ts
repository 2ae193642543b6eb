/** A mistake has a history, and what is right. */

import type { Row } from '../trait.ts';

/** A part of the table, by trait. */
export type Mistakes = Readonly<Record<string, { readonly right: unknown; readonly seen: readonly Row[] }>>;

/** Where it was reported or mended. */
export const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;
