/** How to call a command: `npm run NAME --` in a checkout, `npx openclaw-NAME` from the installed package. */
export function invocation(name: 'compare' | 'conformance' | 'gate' | 'merge' | 'reference'): string {
  return import.meta.filename.endsWith('.ts') ? `npm run ${name} --` : `npx openclaw-${name}`;
}
