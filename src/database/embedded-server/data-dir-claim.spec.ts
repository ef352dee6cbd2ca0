import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataDir } from './data-dir-claim.js';
import { DataDirInUse } from './embedded-server-errors.js';

describe('the claim on a data folder', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mintmark-claim-'));
  });

  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is one at a time', async () => {
    const first = await claimDataDir(dataDir);
    await expect(claimDataDir(dataDir)).rejects.toThrow(DataDirInUse);
    await first.release();
    const second = await claimDataDir(dataDir);
    await second.release();
  });

  it('goes to exactly one of many who want it at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => claimDataDir(dataDir)));
      const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      expect(won).toHaveLength(1);
      for (const reason of lost) expect(reason).toBeInstanceOf(DataDirInUse);
      await won[0]?.release();
    }
  });

  it('is not kept by what a killed owner left', async () => {
    await mkdir(join(dataDir, 'owner'));
    const killed = createServer();
    await new Promise<void>((listening) => killed.listen(join(dataDir, 'owner', 'alive.sock'), listening));
    // Closing removes the socket under the name it was made with, a kill doesn't: so it gets another name.
    await rename(join(dataDir, 'owner', 'alive.sock'), join(dataDir, 'owner', 'dead.sock'));
    await new Promise((closed) => killed.close(closed));
    await writeFile(join(dataDir, 'owner', 'dead.new'), '');
    const claim = await claimDataDir(dataDir);
    expect(await readdir(join(dataDir, 'owner'))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^dead/)]),
    );
    await claim.release();
    expect(await readdir(join(dataDir, 'owner'))).toEqual([]);
  });

  it('is kept by an owner that lives but does not answer', async () => {
    await mkdir(join(dataDir, 'owner'));
    const silent = createServer();
    await new Promise<void>((listening) => silent.listen(join(dataDir, 'owner', 'silent.sock'), listening));
    try {
      await expect(claimDataDir(dataDir)).rejects.toThrow(DataDirInUse);
      expect(await readdir(join(dataDir, 'owner'))).toEqual(['silent.sock']);
    } finally {
      silent.close();
    }
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const long = join(dataDir, 'x'.repeat(120));
    await mkdir(long);
    const claim = await claimDataDir(long);
    await expect(claimDataDir(long)).rejects.toThrow(DataDirInUse);
    await claim.release();
  });
});
