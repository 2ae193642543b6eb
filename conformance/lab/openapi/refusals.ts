/** The errors that an edition answers with, as components of a document. Examples are those of the reference. */
import classes from '../../../fixtures/error-classes.json' with { type: 'json' };
import type { Behaviour } from '../../../reference/editions/editions.ts';
import * as errors from '../../../reference/errors.ts';

const ENVELOPE = { $ref: '#/components/schemas/Error' };
const PLAIN = { 'text/plain': { schema: { type: 'string' } } };
const RETRY = { 'Retry-After': { description: 'Whole seconds.', schema: { type: 'string', pattern: '^[0-9]+$' } } };
const ALLOW = { Allow: { required: true, schema: { type: 'string' } } };

interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, object>>;
}

/** `text`: it may also be the reason phrase as text. */
function refused(status: string, description: string, shown: errors.Refusal, text = false): Answer {
  // Of a row with several, the last is the one of a server's failure.
  const raised = classes.rows.find(({ statuses }) => statuses.map(String).includes(status))?.classes.at(-1);
  const told = raised === undefined ? '' : ` The official SDKs raise ${raised}.`;
  return {
    description: description + told,
    content: { 'application/json': { schema: ENVELOPE, example: shown.body }, ...(text && PLAIN) },
  };
}

/** By the name of the component. */
export function refusals(traits: Behaviour): Readonly<Record<string, Answer>> {
  return {
    BadRequest: refused('400', 'The request is malformed, or names what does not exist.', errors.noMessage()),
    Unauthorized: refused('401', 'The secret is missing or wrong.', errors.unauthorized()),
    ...(traits.scopes !== 'ignored' && {
      Forbidden: refused(
        '403',
        'A client without a secret lacks a scope, or a proxy is not trusted.',
        errors.forbidden('operator.write', traits.scopes === 'detailed'),
      ),
    }),
    NotFound: refused(
      '404',
      'As text: the configuration does not turn the endpoint on. As JSON: there is no such model.',
      errors.noSuchModel('openclaw/ghost'),
      true,
    ),
    NotAllowed: { description: 'Another method, which `Allow` does not name.', headers: ALLOW, content: PLAIN },
    TooLarge: refused('413', `The body is larger than it may be.`, errors.bodyTooLarge()),
    TooMany: {
      ...refused(
        '429',
        'Too many wrong secrets came from this address, or the provider of the model limits the rate.',
        errors.rateLimited(60),
      ),
      headers: RETRY,
    },
    ClientFailure: refused('4XX', 'The provider of the model refused the run, such as 402.', errors.faultRefusal(402)),
    ServerFailure: refused(
      '500',
      'The run failed, or the gateway did. As text: an exception that the gateway did not catch.',
      errors.internal(),
      true,
    ),
  };
}
