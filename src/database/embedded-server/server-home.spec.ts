import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from './path-exists.js';
import { openDataDir } from './server-home.js';

describe('a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-home-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made with all above it, and taken as it is when it is there', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    expect(await openDataDir(deep)).toBe(deep);
    expect((await stat(deep)).isDirectory()).toBe(true);
    expect(await openDataDir(deep)).toBe(deep);
  });

  it('is made once, however many want it', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    const made = await Promise.all(Array.from({ length: 8 }, () => makeFolders(deep)));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it('that can’t be made is said at once', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openDataDir(join(folder, 'file'))).rejects.toThrow(/EEXIST/);
    await expect(openDataDir(join(folder, 'file', 'x'))).rejects.toThrow(/ENOTDIR/);
    // Where the system lets nobody make anything, Node's own way of making folders tries for ever.
    if (process.platform !== 'linux') return;
    await expect(openDataDir('/proc/x')).rejects.toThrow('nothing can be made in /proc');
    await expect(openDataDir('/proc/x/y')).rejects.toThrow('nothing can be made in /proc');
  });
});
