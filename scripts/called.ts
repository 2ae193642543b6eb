/** How a reader calls a script again: in a checkout as `npm run NAME --`, from the installed package as its bin. */
export function called(name: string): string {
  return import.meta.filename.endsWith('.ts') ? `npm run ${name} --` : `npx openclaw-${name}`;
}
