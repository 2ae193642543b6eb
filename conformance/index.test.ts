import { expect, test } from 'vitest';
import { judge, targetAt, type Liar } from './index.ts';

test('the reason of a verdict has no secret of the target, and is printable', async () => {
  const token = 'a-secret-of-the-target-1f2e';
  const target = targetAt('http://127.0.0.1:1', { token });
  // A gateway that returns the credential of the request, and a mark that reverses the direction of text.
  const mutant: Liar = async () => Response.json({ error: { message: `not ${token}\u202e` } }, { status: 403 });
  const judged = await Array.fromAsync(judge(target, { only: ['authentication.token'], mutant }));
  const failed = judged.filter(({ verdict }) => verdict === 'fail');
  expect(failed.map(({ id }) => id)).toContain('authentication.token');
  const texts = failed.map(({ reason, ending }) => JSON.stringify({ reason, ending })).join('\n');
  expect(texts).toContain('[redacted]');
  expect(texts).not.toContain(token);
  expect(texts).toContain('u202e');
  expect(texts).not.toContain('\u202e');
});
