import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The user PostgreSQL runs as. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** What ran and how it ended. `output` is stdout and stderr in the order they came. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/**
 * PostgreSQL's programs see nothing of our environment: `PGDATA`, `PGPORT` or a locale in it would change what
 * they do. English messages, because some are read.
 */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** PostgreSQL refuses to run as root, so root needs another account for it; null: we aren't root. */
export async function accountBesideRoot(): Promise<ServerAccount | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = accountsIn(await readFile('/etc/passwd', 'utf8').catch(emptyWhenMissing));
  return accounts.get('postgres') ?? accounts.get('nobody') ?? { name: 'nobody', uid: 65534, gid: 65534 };
}

/** An image without /etc/passwd still has its numbers. */
function emptyWhenMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

function accountsIn(passwd: string): Map<string, ServerAccount> {
  const accounts = new Map<string, ServerAccount>();
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid && Number(uid) > 0) {
      accounts.set(name, { name, uid: Number(uid), gid: Number(gid) });
    }
  }
  return accounts;
}

/** Whether the account may walk down to this folder. Reads the mode bits only: what ACLs add is not counted on. */
export async function canReach(folder: string, account: ServerAccount): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const search = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & search) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Runs a program as the account (null: as ourselves) to its end. Rejects when it can't be started at all. */
export async function runAs(
  account: ServerAccount | null,
  command: string,
  args: readonly string[],
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      // A folder every account may enter; ours may be closed to it.
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
