import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DataDirInUse } from './embedded-server-errors.js';
import { makeFolders } from './path-exists.js';

/** This process's hold on a data folder. It ends with `release` or with the process, however that ends. */
export interface DataDirClaim {
  release(): Promise<void>;
}

/** The longest path of a Unix socket that every system takes, its final zero not counted. */
const SOCKET_PATH_BYTES = 103;
const NAME_BYTES = 6;
const TRIES = 40;
const ANSWER_MS = 1000;

type Word = 'claiming' | 'owner';

/**
 * Claims the folder, or throws `DataDirInUse`.
 *
 * Every Mintmark on the folder listens on a Unix socket in it, under a name nobody had before. Who lives is who
 * accepts a connection, so neither a stale file nor a reused process id can mislead, and a socket found dead
 * stays dead and may be removed. Each appears among the sockets *before* it looks for others: of two that start
 * together at least one sees the other and steps back, so two never both own.
 *
 * The sockets are in the folder and not in a temporary one because that is what two containers with one volume
 * share; to each other's process ids they are blind.
 */
export async function claimDataDir(dataDir: string): Promise<DataDirClaim> {
  const folder = join(dataDir, 'owner');
  await makeFolders(folder, 0o700);
  const alias = await shortAlias(folder);
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const claim = await attempt(folder, alias?.path ?? folder);
      if (claim === 'owned') break;
      if (claim !== 'contested') return claim;
      // Unequal pauses, so that one of those who stepped back is alone the next time.
      await pause(randomInt(10, 150));
    }
    throw new DataDirInUse(dataDir);
  } finally {
    if (alias) await rm(alias.folder, { recursive: true, force: true });
  }
}

async function attempt(folder: string, reach: string): Promise<DataDirClaim | 'owned' | 'contested'> {
  const name = randomBytes(NAME_BYTES).toString('hex');
  const own = join(folder, `${name}.sock`);
  let word: Word = 'claiming';
  const server = createServer((socket) => {
    // Whoever asked may be gone before the answer; that concerns only them.
    socket.once('error', () => socket.destroy());
    socket.end(word);
  });
  const release = async (): Promise<void> => {
    await rm(own, { force: true });
    await new Promise((closed) => server.close(closed));
  };
  // Renamed only once it listens: before that a connection would find it dead.
  await listen(server, join(reach, `${name}.new`));
  server.unref();
  try {
    await rename(join(folder, `${name}.new`), own);
    const others = await livingOthers(folder, reach, `${name}.sock`);
    if (others.length > 0) {
      await release();
      return others.includes('owner') ? 'owned' : 'contested';
    }
    word = 'owner';
    // Left by claims that were killed. One taken from a living claim makes its rename fail, and it tries again.
    for (const entry of await readdir(folder)) {
      if (entry.endsWith('.new')) await rm(join(folder, entry), { force: true });
    }
    return { release };
  } catch (error) {
    await release();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'contested';
    throw error;
  }
}

async function livingOthers(folder: string, reach: string, own: string): Promise<Word[]> {
  const words: Word[] = [];
  for (const entry of await readdir(folder)) {
    if (!entry.endsWith('.sock') || entry === own) continue;
    const word = await ask(join(reach, entry));
    if (word) words.push(word);
    else await rm(join(folder, entry), { force: true });
  }
  return words;
}

/** What the process behind a socket says; null: nobody is behind it. One that accepts but is silent owns. */
async function ask(path: string): Promise<Word | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let said = '';
    const answer = (): void => {
      socket.destroy();
      resolve(said === 'claiming' ? 'claiming' : 'owner');
    };
    socket.setTimeout(ANSWER_MS, answer);
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.once('end', answer);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens, it is gone, or it never was a socket.
      if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(error.code ?? '')) resolve(null);
      // Anything else, such as a full backlog or a socket of another user, is no proof of death.
      else answer();
    });
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

/** A short way to a folder whose own path is too long for a socket's address; null: it isn't. */
async function shortAlias(folder: string): Promise<{ folder: string; path: string } | null> {
  const longest = join(folder, `${'x'.repeat(NAME_BYTES * 2)}.sock`);
  if (Buffer.byteLength(longest) <= SOCKET_PATH_BYTES) return null;
  const made = await mkdtemp(join(tmpdir(), 'mm-'));
  const path = join(made, 'd');
  await symlink(folder, path);
  return { folder: made, path };
}
