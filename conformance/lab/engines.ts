/** The ranges in which packages say which Node they run on. */

const COMPARATOR = /^(>=|<=|>|<|=|\^|~)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;

/**
 * Whether a version is in a range of `engines.node`: comparators side by side, alternatives between `||`, `*` for any.
 *
 * @throws {Error} on anything else that npm's ranges can say.
 */
export function satisfies(version: string, range: string): boolean {
  return range.split('||').some((all) =>
    all
      .replaceAll(/([<>=^~])\s+/g, '$1')
      .split(/\s+/)
      .filter((each) => each !== '' && each !== '*')
      .every((each) => holds(version, each, range)),
  );
}

function holds(version: string, comparator: string, range: string): boolean {
  const [, sign, ...numbers] = COMPARATOR.exec(comparator) ?? [];
  if (numbers.length === 0) {
    throw new Error(`Failed to read engines "${range}": expected comparators such as >=22.12.0, got "${comparator}".`);
  }
  const given = numbers.filter((part) => part !== undefined).map(Number);
  const order = compareVersions(version, given.join('.'));
  switch (sign) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    default: {
      // `^24.1` keeps the major, `~24.1` the minor too, `24` and `=24` what they name.
      const kept = sign === '^' ? 1 : sign === '~' ? Math.min(2, given.length) : given.length;
      return (
        order >= 0 && compareVersions(version.split('.').slice(0, kept).join('.'), given.slice(0, kept).join('.')) === 0
      );
    }
  }
}

export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.replace(/-.*/, '').split('.').map(Number)) as [
    number[],
    number[],
  ];
  for (let place = 0; place < 3; place++) {
    const order = (left[place] ?? 0) - (right[place] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
