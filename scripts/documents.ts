/** The documents that the package carries for its users, read by the tests that hold them. */
import { readFileSync } from 'node:fs';

/** Those whose commands and examples are run. */
export const READMES = ['README.md', 'reference/README.md', 'conformance/README.md'];

/** The text of a file, by its path from the root. */
export const textOf = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

/** The texts of all fenced blocks of a language in `READMES`, in order. */
export const fences = (language: string): string[] =>
  READMES.map(textOf).flatMap((text) =>
    [...text.matchAll(/^```(\w+)\n([^]*?)^```/gm)].flatMap(([, name, block]) => (name === language ? [block!] : [])),
  );

/** Names of examples, from their first lines (`// client.spec.ts`), with the examples. */
export const named = (blocks: readonly string[]): Map<string, string> =>
  new Map(
    blocks.flatMap((text) => {
      const name = /^\/\/ (\S+\.\w+)/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text]];
    }),
  );

/** The relative links of a document: `[text](path#anchor)`, pictures too. */
export const links = (document: string): { path: string; anchor: string | undefined }[] =>
  [...document.replaceAll(/^```[^]*?^```/gm, '').matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g)].map(
    ([, path, anchor]) => ({ path: path!, anchor }),
  );

/** The anchors of a document as GitHub makes them of its headings, and those that it sets itself. */
export const anchors = (document: string): string[] => [
  ...[...document.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  ),
  ...[...document.matchAll(/<a id="([^"]*)">/g)].map(([, id]) => id!),
];
