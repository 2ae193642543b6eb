/**
 * A network namespace with only loopback. Real gateways are started only there, so that they can reach neither the
 * internet nor a gateway of the user's. Linux only; as root, or unprivileged where the kernel allows user namespaces.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Time for the command inside to exit after a signal, in milliseconds. */
const GRACE_MS = 10_000;

/** Interfaces that some kernels add to every new namespace, without address or route. */
const DEFAULT_INTERFACES = /^(lo|tunl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|sit0|ip6tnl0|ip6gre0)$/;

/** Folders for locks and logs that releases use whatever their environment says. Inside they are temporary and empty. */
const PRIVATE_FOLDERS = ['/tmp/openclaw', '/tmp/openclaw-state-locks-0'];

/** The command is not run by `exec`, because the first process of a namespace ignores signals without a handler. */
const SETUP = `
  ip link set lo up || exit
  for folder in ${PRIVATE_FOLDERS.join(' ')}; do mkdir -p $folder && mount -t tmpfs tmpfs $folder; done 2>/dev/null
  "$@"; exit $?`;

/** The command that runs `argv` inside. All its processes are killed when the parent process ends. */
function wrapped(argv: readonly string[]): [string, string[]] {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const flags = [...asUser, '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  return ['setpriv', ['--pdeathsig', 'KILL', 'unshare', ...flags, '--', 'sh', '-c', SETUP, 'sh', ...argv]];
}

/** One line that says why no namespace can be created on this machine; undefined when one can. */
export function namespaceTrouble(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces need Linux; this is ${process.platform}`;
  for (const tool of ['unshare', 'setpriv', 'ip']) {
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined) {
      return `\`${tool}\` is not installed (it comes with ${tool === 'ip' ? 'iproute2' : 'util-linux'})`;
    }
  }
  const [command, args] = wrapped(['true']);
  const tried = spawnSync(command, args, { encoding: 'utf8' });
  return tried.status === 0
    ? undefined
    : tried.stderr.trim().split('\n').at(-1) || `unshare ended with ${tried.status ?? tried.signal}`;
}

/**
 * Runs a command inside, with this process's standard output, standard error and environment. SIGINT, SIGTERM and
 * SIGHUP are passed on, and processes that have not ended 10 s later are killed. When this process ends in any way, all
 * processes inside are killed. The exit code is the command's own.
 *
 * @throws {Error} when no namespace can be created.
 */
export function insideNamespace(argv: readonly string[]): ChildProcess {
  const trouble = namespaceTrouble();
  if (trouble !== undefined) {
    throw new Error(`Failed to isolate the gateways: expected a loopback-only network namespace, got "${trouble}".`);
  }
  const [command, args] = wrapped(argv);
  // In another process group than the terminal's, so that Ctrl-C reaches the command once, through `pass`.
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const pass = (signal: NodeJS.Signals): void => {
    // `unshare` ignores signals; its child is the shell, and the shell's child is the command.
    const commands = childrenOf(child.pid).flatMap(childrenOf);
    for (const pid of commands) send(pid, signal);
    setTimeout(() => child.kill('SIGKILL'), commands.length === 0 ? 0 : GRACE_MS).unref();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  child.once('exit', () => signals.forEach((signal) => process.off(signal, pass)));
  return child;
}

/** Whether this process has loopback and no other network. It asks the system, not a flag. */
export function isIsolated(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  if (addresses.length === 0 || addresses.some((address) => !address.internal)) return false;
  try {
    const [, , ...lines] = readFileSync('/proc/net/dev', 'utf8').trimEnd().split('\n');
    return lines.every((line) => DEFAULT_INTERFACES.test(line.split(':')[0]?.trim() ?? ''));
  } catch {
    return false;
  }
}

/** A process that has ended meanwhile is not an error. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

function childrenOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    // `pid (name) state parent …`, where the name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]);
  } catch {
    return undefined;
  }
}
