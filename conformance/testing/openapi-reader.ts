/** An OpenAPI document as a client reads it: by its references and its schemas alone. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const ID = 'https://openapi.test/';

/** Reads one document. */
export class OpenApiReader {
  readonly #document: object;
  readonly #ajv = new Ajv2020({ strictSchema: false });
  /** By the schema as JSON: to compile one takes long. */
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: object) {
    this.#document = document;
    this.#ajv.addSchema({ ...document, $id: ID });
  }

  /** The value that a reference such as `#/components/schemas/Error` leads to; undefined when it leads nowhere. */
  at(reference: string): unknown {
    const [, ...keys] = reference.split('/');
    return keys.reduce<unknown>(
      (inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key],
      this.#document,
    );
  }

  /** A part of the document, or what it refers to. */
  resolved<T extends { $ref?: string }>(part: T): T {
    return part.$ref === undefined ? part : (this.at(part.$ref) as T);
  }

  /** What is wrong with data, by a schema of the document; undefined when it is valid. */
  fault(schema: object, data: unknown): string | undefined {
    const text = JSON.stringify(schema).replaceAll('"#/', `"${ID}#/`);
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text) as object);
    this.#compiled.set(text, validate);
    return validate(data) ? undefined : this.#ajv.errorsText(validate.errors);
  }
}
