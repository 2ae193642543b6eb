/** `openclaw-compat-kit/reference`: the reference gateway for tests and tools of one's own. */
export { startReference } from './start.ts';
export { createGateway } from './gateway.ts';
export { Journal } from './journal.ts';
export { readOptions } from './options.ts';
export { openSessions, Sessions } from './sessions.ts';
export { RunFailure } from './backends/backend.ts';
export { loadReplies, Replies } from './backends/replies.ts';
export { scriptedBackend } from './backends/scripted.ts';
export { upstreamBackend } from './backends/upstream.ts';
export type { Address, Reference, ReferenceOptions } from './start.ts';
export type { Backend, Run, RunEvent, Turn } from './backends/backend.ts';
export type { Reply, ReplyEvent } from './backends/reply.ts';
export type { Gateway, GatewayOptions } from './gateway.ts';
export type { Entry as JournalEntry, JournalOptions, Match, Timings } from './journal.ts';
export type { Limits } from './limits.ts';
export type { Agent, Auth, Options, RateLimit, Source } from './options.ts';
export type { Capacity, Entry, Exchange, State, Summary } from './sessions.ts';
