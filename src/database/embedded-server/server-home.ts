import { createHash } from 'node:crypto';
import { chmod, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataDirUnusable } from './embedded-server-errors.js';
import { accountBesideRoot, canReach, type ServerAccount } from './server-account.js';
import { exists, makeFolder, makeFolders } from './path-exists.js';

/** Where root keeps what PostgreSQL's account must reach and DATA_DIR or the checkout keeps closed. */
const ROOT_HOMES = '/var/lib/mintmark';

/**
 * The places of one embedded server. Only `cluster` belongs to PostgreSQL's account; the folder around it is
 * ours, so that as root we never write through a name another account could have replaced.
 */
export interface ServerHome {
  /** DATA_DIR, absolute and without links. */
  readonly dataDir: string;
  readonly folder: string;
  readonly cluster: string;
  readonly passwordFile: string;
  /** The port of the last start, so that a connection string stays right over a restart. */
  readonly portFile: string;
  readonly logFile: string;
  /** Where a copy of the binaries goes if one is needed. */
  readonly copies: string;
  /** The account PostgreSQL runs as; null: ours. */
  readonly account: ServerAccount | null;
}

/** Creates DATA_DIR if needed. As root it stays passable, or PostgreSQL's account couldn't reach its data. */
export async function openDataDir(path: string): Promise<string> {
  const absolute = resolve(path);
  if (await makeFolders(absolute)) await chmod(absolute, process.getuid?.() === 0 ? 0o711 : 0o700);
  return realpath(absolute);
}

export async function findHome(dataDir: string): Promise<ServerHome> {
  const inside = join(dataDir, 'postgres');
  const account = await accountBesideRoot();
  if (!account) return makeHome(dataDir, inside, inside, null);
  if (await exists(join(inside, 'data'))) {
    const owner = await ownerOf(join(inside, 'data'), account);
    if (await canReach(inside, owner)) return makeHome(dataDir, inside, ROOT_HOMES, owner);
    throw new DataDirUnusable(dataDir, `user ${owner.name}, who owns the data in it, can't reach it`);
  }
  const outside = join(ROOT_HOMES, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  const stays = !(await exists(join(outside, 'data'))) && (await canReach(dataDir, account));
  return makeHome(dataDir, stays ? inside : outside, ROOT_HOMES, account);
}

/** Data that another user made before is run as that user: nothing has to change hands. */
async function ownerOf(cluster: string, otherwise: ServerAccount): Promise<ServerAccount> {
  const { uid, gid } = await stat(cluster);
  return uid === 0 || uid === otherwise.uid ? otherwise : { name: String(uid), uid, gid };
}

async function makeHome(
  dataDir: string,
  folder: string,
  copies: string,
  account: ServerAccount | null,
): Promise<ServerHome> {
  // Passable, not readable, for PostgreSQL's account on the way to its cluster.
  const mode = account ? 0o711 : 0o700;
  if (account && folder.startsWith(ROOT_HOMES)) await makeFolder(ROOT_HOMES, mode);
  await makeFolder(folder, mode);
  return {
    dataDir,
    folder,
    cluster: join(folder, 'data'),
    passwordFile: join(folder, 'password'),
    portFile: join(folder, 'port'),
    logFile: join(folder, 'server.log'),
    copies,
    account,
  };
}
