/** Cases whose exchanges show what a watched requirement's own case does not: a user, usage, refusals, failures. */
export const WITNESSES: readonly string[] = [
  'sessions.user',
  'streaming.usage-asked',
  'streaming.one-created',
  'authentication.wrong',
  'streaming.failure-done',
];
