import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * Makes a folder and those above it; false: it was there. Not with mkdir's own `recursive`, which never ends where
 * the system lets nobody make anything, as in `/proc`.
 */
export async function makeFolders(path: string, mode?: number): Promise<boolean> {
  const first = await tryFolder(path, mode);
  if (first !== 'nowhere') return first === 'made';
  const parent = dirname(path);
  await makeFolders(parent, mode);
  const second = await tryFolder(path, mode);
  if (second === 'nowhere') throw new Error(`nothing can be made in ${parent}`);
  return second === 'made';
}

async function tryFolder(path: string, mode?: number): Promise<'made' | 'there' | 'nowhere'> {
  try {
    await mkdir(path, { mode });
    return 'made';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) return 'nowhere';
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return 'there';
    throw error;
  }
}

/** Makes a folder with exactly this mode, whatever the umask; one that exists keeps its own. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if (await exists(path)) return;
  await makeFolders(path);
  await chmod(path, mode);
}
