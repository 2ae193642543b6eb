/** A command as a client: any program, in any language, once for each run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from '../usage-error.ts';
import type { Call, Client } from './client.ts';

/** The most that is kept of each output, in bytes; a client that prints more is ended. */
const LONGEST = 32 * 1024 * 1024;
/** How often its memory is looked at, in ms. */
const LOOK_MS = 40;
/** From the end of a process until its output is given up, in ms: others may hold it open. */
const DRAIN_MS = 500;

/**
 * A client that is a command. `{prompt}` in an argument is the prompt; the environment has the rest, see `environmentOf`.
 * It runs in a process group of its own, which is ended with it.
 *
 * @throws {UsageError} by the first run, when the command cannot be started.
 */
export function commandClient([command, ...given]: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Client {
  return async (call, { leave, kill, measured }) => {
    const args = given.map((argument) => argument.replaceAll('{prompt}', () => call.prompt));
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ...environmentOf(call) },
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause: NodeJS.ErrnoException) => {
        reject(
          new UsageError(
            `Failed to start ${command}: expected a command, got ${cause.code ?? cause.message}. Correct it.`,
          ),
        );
      });
    });
    let ended = true;
    const end = (): void => {
      ended = false;
      signalTo(child, 'SIGKILL');
    };
    const outputs = [gathered(child.stdout, end), gathered(child.stderr, end)];
    leave.addEventListener('abort', () => signalTo(child, 'SIGINT'), { once: true });
    kill.addEventListener('abort', end, { once: true });
    let peak = 0;
    const looking = measured ? setInterval(() => (peak = Math.max(peak, memoryOf(child.pid))), LOOK_MS) : undefined;
    try {
      const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
      const [code, signal] = await Promise.race([failed, exited]);
      const struck = signal !== null && ended && !leave.aborted;
      // What it started ends with it.
      signalTo(child, 'SIGKILL');
      const [text = '', complaint = ''] = await Promise.all(outputs.map((output) => output.over()));
      return {
        text,
        complaint,
        ok: code === 0,
        ended,
        ...(struck && { signal }),
        ...(peak > 0 && { peakMiB: peak }),
      };
    } finally {
      clearInterval(looking);
    }
  };
}

/** What a command finds in its environment. A variable that does not apply to the run is empty. */
export function environmentOf({
  prompt,
  baseURL,
  apiKey,
  model,
  stream,
  conversation,
  history,
  tool,
  image,
  timeoutMs,
}: Call): Record<string, string> {
  return {
    OPENAI_BASE_URL: baseURL,
    OPENAI_API_KEY: apiKey,
    OPENCLAW_GATEWAY_TOKEN: apiKey,
    KIT_MODEL: model,
    KIT_PROMPT: prompt,
    KIT_STREAM: stream ? '1' : '0',
    KIT_CONVERSATION: conversation,
    KIT_HISTORY: history.length === 0 ? '' : JSON.stringify(history),
    KIT_TOOL: tool ?? '',
    KIT_IMAGE: image ?? '',
    KIT_TIMEOUT_MS: timeoutMs === undefined ? '' : String(timeoutMs),
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  };
}

/** Sends a signal to the process and all that it started; nothing when they have ended. */
function signalTo({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // They have ended.
  }
}

function gathered(stream: Readable, tooLong: () => void): { over(): Promise<string> } {
  const pieces: Buffer[] = [];
  let length = 0;
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  stream.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > LONGEST) tooLong();
    else pieces.push(piece);
  });
  return {
    async over() {
      const late = setTimeout(() => stream.destroy(), DRAIN_MS);
      await closed;
      clearTimeout(late);
      return Buffer.concat(pieces).toString('utf8');
    },
  };
}

/** The most memory that one process of the group has held, in MiB; 0 where the system does not tell. */
function memoryOf(group: number | undefined): number {
  try {
    const peaks = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && groupOf(name) === group)
      .map((pid) => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0));
    return Math.max(0, ...peaks) / 1024;
  } catch {
    return 0;
  }
}

function groupOf(pid: string): number | undefined {
  try {
    // After the name, which may hold anything but ends with the last parenthesis: state, parent, group.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}
