/** The table of contents of the contract, in the order of the documentation. */
import endpoint from './endpoint.ts';
import type { Case, Chapter } from '../contract.ts';

export const chapters: readonly Chapter[] = [endpoint];

export const cases: readonly Case[] = chapters.flatMap((chapter) => chapter.cases);
