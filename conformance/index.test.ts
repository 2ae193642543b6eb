import { expect, test } from 'vitest';
import { judge, targetAt, type Liar } from './index.ts';

test('what a verdict says holds no secret of the target', async () => {
  const token = 'a-secret-of-the-target-1f2e';
  const target = targetAt('http://127.0.0.1:1', { token });
  // A gateway that tells everyone the secret it was called with.
  const mutant: Liar = async () => Response.json({ error: { message: `not ${token}` } }, { status: 403 });
  const judged = await Array.fromAsync(judge(target, { only: ['authentication.token'], mutant }));
  const said = judged.filter(({ verdict }) => verdict === 'fail');
  expect(said.map(({ id }) => id)).toContain('authentication.token');
  expect(JSON.stringify(said.map(({ reason, ending }) => ({ reason, ending })))).toContain('[redacted]');
  expect(JSON.stringify(said.map(({ reason, ending }) => ({ reason, ending })))).not.toContain(token);
});
