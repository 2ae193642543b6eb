/** The commands that the package has for its users. */
export type CommandName = 'judge' | 'reference' | 'client' | 'gate' | 'compare' | 'merge' | 'difference';

/** How to call a command: `npm run NAME --` in a checkout, `npx openclaw-compat-kit NAME` from the installed package. */
export function invocation(name: CommandName): string {
  if (!import.meta.filename.endsWith('.ts')) return `npx openclaw-compat-kit ${name}`;
  return `npm run ${name === 'judge' ? 'conformance' : name} --`;
}
