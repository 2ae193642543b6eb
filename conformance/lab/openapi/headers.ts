/** The headers of requests and answers that an edition has, as components of a document. */
import scopes from '../../../fixtures/scopes.json' with { type: 'json' };
import type { Behaviour } from '../../../reference/editions/editions.ts';
import * as names from '../../../reference/headers.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'header' | 'path';
  readonly required?: true;
  readonly description: string;
  readonly schema: object;
}

const text = { type: 'string' };
const header = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
});

function sessionKey({ sessionKey: kept, reservedKeysRefused }: Behaviour): string {
  const letters =
    kept === 'canonical' ? 'Upper and lower case are the same.' : 'Upper and lower case differ, as they are sent.';
  const reserved = reservedKeysRefused ? ' Keys in `subagent:`, `cron:` and `acp:` are refused with 400.' : '';
  return `Names a session, in place of \`user\`. \`agent:<id>:<key>\` names the agent too. ${letters}${reserved}`;
}

function model({ overrideScope }: Behaviour): string {
  const admin =
    overrideScope === 'admin'
      ? ' Without the secret of the gateway it needs the scope `operator.admin`: else 403.'
      : '';
  return `The model of a provider that the agent uses in this call, such as \`openai/gpt-5\`.${admin}`;
}

/** By the name of the component; the first two choose an agent, the third a session. */
export function parameters(traits: Behaviour): Readonly<Record<string, Parameter>> {
  const values = scopes.rows.filter(({ call }) => call).map((row) => row.scopes);
  return {
    Agent: header(names.AGENT_HEADER, 'Names the agent, in place of the one in `model`. Empty: as if it were absent.'),
    ShortAgent: header(
      names.SHORT_AGENT_HEADER,
      `The same as ${names.AGENT_HEADER}, which counts where both are sent.`,
    ),
    SessionKey: header(names.KEY_HEADER, sessionKey(traits)),
    ...(traits.modelOverride === 'honoured' && { Model: header(names.MODEL_HEADER, model(traits)) }),
    ...(traits.scopes !== 'ignored' && {
      Scopes: header(
        names.SCOPES_HEADER,
        'What a client without a secret may do, where the gateway has no secret or a trusted proxy: names in lower case, ' +
          'separated by commas. Calls need `operator.write`, the list of models `operator.read`; `operator.admin` contains ' +
          'both. With the secret of the gateway it has no effect.',
        { ...text, examples: values },
      ),
    }),
    ...(traits.models && {
      ModelId: {
        name: 'model',
        in: 'path',
        required: true,
        description: 'An id of the list, such as `openclaw%2Fmain`: the slash is sent as it is, or as %2F.',
        schema: text,
      },
    }),
  };
}

/** The headers of every answer, by name. */
export const answerHeaders = ({ headers }: Behaviour): Readonly<Record<string, object>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, { required: true, schema: { ...text, const: value } }]),
  );
