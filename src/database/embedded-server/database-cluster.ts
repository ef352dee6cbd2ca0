import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirUnusable, DataDirVersionMismatch } from './embedded-server-errors.js';
import { exists } from './path-exists.js';
import { runAs } from './server-account.js';
import type { ServerBinaries } from './server-binaries.js';
import type { ServerHome } from './server-home.js';

export const SUPERUSER = 'mintmark';

const UNFINISHED = 'initialising-';

/**
 * Makes sure that there is a cluster this PostgreSQL can read, and gives its superuser's password.
 * The caller owns the data folder and nothing runs on the cluster.
 */
export async function openCluster(
  home: ServerHome,
  binaries: ServerBinaries,
  durable: boolean,
  log: (message: string) => void,
): Promise<string> {
  await removeUnfinished(home, log);
  if (!(await exists(home.cluster))) await initialise(home, binaries, durable);
  const version = await readRequired(home, join(home.cluster, 'PG_VERSION'));
  if (version !== String(binaries.major)) {
    throw new DataDirVersionMismatch(home.dataDir, version, binaries.major);
  }
  return readRequired(home, home.passwordFile);
}

async function readRequired(home: ServerHome, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new DataDirUnusable(home.dataDir, `there is data in it but no ${file}`, { cause });
  }
}

/** What a start left that was killed while it initialised. */
async function removeUnfinished(home: ServerHome, log: (message: string) => void): Promise<void> {
  for (const entry of await readdir(home.folder)) {
    if (!entry.startsWith(UNFINISHED)) continue;
    try {
      await rm(join(home.folder, entry), { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      // The killed start's initdb may still be writing; its folder is in nobody's way until the next start.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
      log(`${join(home.folder, entry)} is still being written to and stays for now.`);
    }
  }
}

/** Works in a folder of its own and renames the result, so a cluster that exists is whole. */
async function initialise(home: ServerHome, binaries: ServerBinaries, durable: boolean): Promise<void> {
  const { account } = home;
  const making = join(home.folder, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  const cluster = join(making, 'data');
  const passwordFile = join(making, 'password');
  const password = randomBytes(24).toString('hex');
  await mkdir(making);
  await chmod(making, account ? 0o711 : 0o700);
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) {
    await chown(cluster, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const { code, output } = await runAs(account, binaries.initdb, [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of texts on every machine, whatever its locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  if (code !== 0) {
    await rm(making, { recursive: true, force: true });
    throw new DataDirUnusable(home.dataDir, `initdb failed: ${lastComplaint(output)}`);
  }
  // Before the cluster, so that there is never one without its password.
  const written = join(making, 'kept');
  await writeFile(written, password, { mode: 0o600, flush: durable });
  await rename(written, home.passwordFile);
  await rename(cluster, home.cluster);
  await rm(making, { recursive: true, force: true });
}

/** The line of PostgreSQL's output that says what went wrong, in one line. */
export function lastComplaint(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const complaints = lines.filter((line) => /\b(PANIC|FATAL|ERROR|error|could not)\b/.test(line));
  return (
    complaints.at(-1)?.replace(/^(but |.*?\b(PANIC|FATAL|ERROR|error):\s*)/, '') ??
    lines.at(-1) ??
    'no reason given'
  );
}
