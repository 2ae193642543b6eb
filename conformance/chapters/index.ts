/** The table of contents of the contract, in the order of the documentation. */
import authentication from './authentication.ts';
import completions from './completions.ts';
import endpoint from './endpoint.ts';
import type { Case, Chapter } from '../contract.ts';

export const chapters: readonly Chapter[] = [endpoint, authentication, completions];

export const cases: readonly Case[] = chapters.flatMap((chapter) => chapter.cases);
