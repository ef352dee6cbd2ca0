import { chmod, mkdir, stat } from 'node:fs/promises';

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

/** Makes a folder with exactly this mode, whatever the umask; one that exists keeps its own. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if (await exists(path)) return;
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}
