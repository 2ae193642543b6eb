/** How a reader calls a command again: in a checkout as `npm run NAME --`, from the installed package by its bin. */
export function called(name: 'compare' | 'conformance' | 'gate' | 'merge' | 'reference'): string {
  return import.meta.filename.endsWith('.ts') ? `npm run ${name} --` : `npx openclaw-${name}`;
}
