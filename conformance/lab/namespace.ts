/**
 * A network namespace with nothing in it but loopback: a real gateway is started there and nowhere else, so that it
 * can reach neither the world nor a gateway of the user's. Linux only; as root, or unprivileged where the kernel
 * allows user namespaces.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** How long the command inside may tidy up after a signal, in milliseconds. */
const GRACE_MS = 10_000;

/** Some kernels put these, without address or route, into every new namespace. */
const BORN_WITH = /^(lo|tunl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|sit0|ip6tnl0|ip6gre0)$/;

/** Where releases leave locks and logs whatever their environment says; inside, these folders are empty and forgotten. */
const OWN = ['/tmp/openclaw', '/tmp/openclaw-state-locks-0'];

/** Not `exec`: the first process of a namespace ignores the signals that it does not handle. */
const SETTLE_IN = `
  ip link set lo up || exit
  for own in ${OWN.join(' ')}; do mkdir -p $own && mount -t tmpfs tmpfs $own; done 2>/dev/null
  "$@"; exit $?`;

/** The command that runs `argv` inside. All of it dies with whoever starts it. */
function wrapped(argv: readonly string[]): [string, string[]] {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const flags = [...asUser, '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  return ['setpriv', ['--pdeathsig', 'KILL', 'unshare', ...flags, '--', 'sh', '-c', SETTLE_IN, 'sh', ...argv]];
}

/** Why no namespace can be made here, in one line; undefined where one can. */
export function namespaceTrouble(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are Linux's; this is ${process.platform}`;
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
 * SIGHUP are passed on, once each, and what is not gone 10 s later is killed; if this process dies in any way,
 * everything inside dies with it. The exit code is the command's own.
 *
 * @throws {Error} where no namespace can be made.
 */
export function insideNamespace(argv: readonly string[]): ChildProcess {
  const trouble = namespaceTrouble();
  if (trouble !== undefined) {
    throw new Error(`Failed to isolate the gateways: expected a loopback-only network namespace, got "${trouble}".`);
  }
  const [command, args] = wrapped(argv);
  // Out of the terminal's own group: Ctrl-C reaches the command through `pass` alone, not twice.
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const pass = (signal: NodeJS.Signals): void => {
    // `unshare` does not heed signals; below it is the shell, and below that the command.
    const commands = childrenOf(child.pid).flatMap(childrenOf);
    for (const pid of commands) send(pid, signal);
    setTimeout(() => child.kill('SIGKILL'), commands.length === 0 ? 0 : GRACE_MS).unref();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  child.once('exit', () => signals.forEach((signal) => process.off(signal, pass)));
  return child;
}

/** Whether this process sees no network but loopback, and sees that. Read from the system, not from a flag. */
export function isIsolated(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  if (addresses.length === 0 || addresses.some((address) => !address.internal)) return false;
  try {
    const [, , ...lines] = readFileSync('/proc/net/dev', 'utf8').trimEnd().split('\n');
    return lines.every((line) => BORN_WITH.test(line.split(':')[0]?.trim() ?? ''));
  } catch {
    return false;
  }
}

/** What has ended meanwhile needs no signal. */
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
