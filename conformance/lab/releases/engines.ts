/** Evaluates the version ranges of `engines.node`. */

const COMPARATOR = /^(>=|<=|>|<|=|\^|~)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;

/**
 * Whether a version is in a range of `engines.node`: comparators separated by blanks, alternatives by `||`, `*` for any.
 *
 * @param version such as `24.16.0`.
 * @throws {Error} on other forms of npm's ranges, such as `22 - 24`.
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
      // `^24.1` fixes the major, `~24.1` the minor too, `24` and `=24` the parts that they name.
      const kept = sign === '^' ? 1 : sign === '~' ? Math.min(2, given.length) : given.length;
      return (
        order >= 0 && compareVersions(version.split('.').slice(0, kept).join('.'), given.slice(0, kept).join('.')) === 0
      );
    }
  }
}

/** Orders dotted versions by their first three numbers: negative when `a` is older. A suffix such as `-dev` is ignored. */
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
