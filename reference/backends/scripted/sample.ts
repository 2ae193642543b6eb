/**
 * A value that a JSON Schema allows, for the arguments of a tool call that the client asked for. The
 * schema is a stranger's: it is followed only so deep and so far.
 */

const DEPTH = 8;
const VALUES = 500;

type Schema = Readonly<Record<string, unknown>>;

/** The value that the schema gives (`const`, `default`, `examples`, `enum`), else the plainest of its type. */
export function sampleOf(schema: unknown): unknown {
  let left = VALUES;
  const root = isSchema(schema) ? schema : {};

  function sample(given: unknown, depth: number): unknown {
    left -= 1;
    if (!isSchema(given) || depth > DEPTH || left < 0) return null;
    const told = [given.const, given.default, listOf(given.examples)[0], listOf(given.enum)[0]];
    const said = told.find((value) => value !== undefined);
    if (said !== undefined) return said;
    if (typeof given.$ref === 'string') return sample(resolved(given.$ref), depth + 1);
    const choice = listOf(given.anyOf)[0] ?? listOf(given.oneOf)[0];
    if (choice !== undefined) return sample(choice, depth + 1);
    const all = listOf(given.allOf);
    if (all.length > 0) return Object.assign({}, ...all.map((part) => sample(part, depth + 1)));
    const type = Array.isArray(given.type) ? given.type[0] : given.type;
    switch (type ?? (isSchema(given.properties) ? 'object' : 'string')) {
      case 'object':
        return object(given, depth);
      case 'array':
        return Array.from({ length: Math.min(numberOf(given.minItems, 1), VALUES) }, () =>
          sample(given.items ?? {}, depth + 1),
        );
      case 'integer':
        return Math.ceil(numberOf(given.minimum, 1));
      case 'number':
        return numberOf(given.minimum, 1);
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        return 'text'.padEnd(Math.min(numberOf(given.minLength, 4), VALUES), 't');
    }
  }

  function object({ properties, required }: Schema, depth: number): unknown {
    const known = isSchema(properties) ? properties : {};
    const needed = listOf(required).filter((name) => typeof name === 'string');
    // With none required a call without any would tell little.
    const names = needed.length === 0 ? Object.keys(known).slice(0, VALUES) : needed;
    return Object.fromEntries(names.map((name) => [name, sample(known[name] ?? {}, depth + 1)]));
  }

  function resolved(ref: string): unknown {
    const steps = ref.split('/').slice(1);
    return steps.reduce<unknown>((at, step) => (isSchema(at) && Object.hasOwn(at, step) ? at[step] : undefined), root);
  }

  return sample({ type: 'object', ...root }, 0);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
