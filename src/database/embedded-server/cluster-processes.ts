import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ServerDidNotStart } from './embedded-server-errors.js';

interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

const POLL_MS = 50;

/** How a postmaster is asked to stop, and how long each way may take: fast, immediate, killed. */
const ESCALATION = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 5_000],
] as const;

/**
 * PostgreSQL's `cluster_name`, which stands in the title of every process the postmaster starts. Together with
 * the postmaster's `-D` it tells a cluster's processes from all others without trusting a stored process id,
 * and can be read by any user; /proc/…/exe and cwd can't, not even by root in a container.
 */
export function clusterName(cluster: string): string {
  return `mintmark-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`;
}

/**
 * Stops what still runs on the cluster after its app and its watchdog were killed, and removes the postmaster.pid
 * it left: PostgreSQL would take any process of ours that has that id by now for a living postmaster.
 * The caller owns the data folder, so none of these has a Mintmark any more.
 */
export async function stopClusterProcesses(cluster: string, log: (message: string) => void): Promise<void> {
  let left = await clusterProcesses(cluster);
  if (left.length > 0) log(`Stopping a PostgreSQL that was left running on ${cluster}.`);
  for (const [signal, limit] of ESCALATION) {
    if (left.length === 0) break;
    const postmaster = left.find((one) => isPostmaster(one, cluster));
    // To a postmaster's children SIGINT means something else; orphaned ones only understand the harder ways.
    const addressed = postmaster && signal !== 'SIGKILL' ? [postmaster] : left;
    for (const { pid } of addressed) send(pid, postmaster || signal !== 'SIGINT' ? signal : 'SIGQUIT');
    const deadline = performance.now() + limit;
    do {
      await pause(POLL_MS);
      left = await clusterProcesses(cluster);
    } while (left.length > 0 && performance.now() < deadline);
  }
  if (left.length > 0) {
    const pids = left.map(({ pid }) => pid).join(', ');
    throw new ServerDidNotStart(
      `A PostgreSQL that was left running on ${cluster} can't be stopped (${pids}).`,
    );
  }
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

async function clusterProcesses(cluster: string): Promise<RunningProcess[]> {
  const title = `postgres: ${clusterName(cluster)}: `;
  const all = process.platform === 'linux' ? await processesOfLinux() : await processesOfPs();
  return all.filter((one) => isPostmaster(one, cluster) || one.command.startsWith(title));
}

function isPostmaster({ command }: RunningProcess, cluster: string): boolean {
  return command.includes(`/bin/postgres -D ${cluster} -c cluster_name=${clusterName(cluster)} `);
}

/** Reads /proc, because slim images have no `ps`. */
async function processesOfLinux(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found: RunningProcess[] = [];
  for (const pid of pids) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      found.push({ pid: Number(pid), command: command.replaceAll('\0', ' ') });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // It ended meanwhile, or is hidden from us and so not one of ours.
      if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'EACCES') throw error;
    }
  }
  return found;
}

async function processesOfPs(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], {
    maxBuffer: 2 ** 25,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return pid && command ? [{ pid: Number(pid), command: `${command} ` }] : [];
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended between the look and the signal, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
