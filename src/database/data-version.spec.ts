import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { DatabaseLine } from '../../test/support/database-line.js';
import { until } from '../../test/support/until.js';
import { bumpDataVersion, DataVersion } from './data-version.js';
import { DatabaseUrl } from './database-url.js';

const SOON = { lookEveryMs: 20, patienceMs: 250, reconnectMs: 10, reconnectAtMostMs: 40 };

describe('the data version', () => {
  let database: TestDatabase;
  let line: DatabaseLine;
  let version: DataVersion;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    line = await DatabaseLine.open(database.url.value);
    version = new DataVersion(new DatabaseUrl(line.url), SOON);
  });
  afterEach(async () => {
    version.onApplicationShutdown();
    await line.close();
  });

  const bump = (): Promise<string> => database.dataSource.transaction((manager) => bumpDataVersion(manager));
  async function read(): Promise<string | undefined> {
    const rows = await database.dataSource.query<{ version: string }[]>(
      'SELECT version::text FROM data_version',
    );
    return rows[0]?.version;
  }
  const known = (): Promise<true> =>
    until('the version that is', async () => version.current() === (await read()) || undefined);
  const unknown = (): Promise<true> =>
    until('the version to be unknown', async () => version.current() === null || undefined);

  it('is known from the start and follows what is told', async () => {
    await version.onApplicationBootstrap();
    expect(version.current()).toBe(await read());
    await bump();
    await known();
  });

  it('is known at once to who has committed it, but not without a line', async () => {
    await version.onApplicationBootstrap();
    line.fallSilent();
    const committed = await bump();
    version.committed(committed);
    expect(version.current()).toBe(committed);
    version.committed(String(BigInt(committed) - 1n));
    expect(version.current()).toBe(committed);
    await unknown();
    version.committed(committed);
    expect(version.current()).toBeNull();
  });

  it('is unknown when the line has fallen silent, though nobody closed it, and comes back', async () => {
    await version.onApplicationBootstrap();
    line.fallSilent();
    await bump();
    await unknown();
    await line.restore();
    await known();
    // The new line tells, too.
    await bump();
    await known();
  });

  it('is asked for as well: what was not told is found', async () => {
    await version.onApplicationBootstrap();
    await database.dataSource.query('UPDATE data_version SET version = version + 1');
    await known();
  });

  it('keeps nobody waiting who starts on a silent line, and comes with it', async () => {
    line.fallSilent();
    await version.onApplicationBootstrap();
    expect(version.current()).toBeNull();
    await line.restore();
    await known();
  });

  it('is unknown while the line is cut, and comes back', async () => {
    await version.onApplicationBootstrap();
    await line.cut();
    await unknown();
    await line.restore();
    await known();
  });

  it('leaves no connection behind when the app ends', async () => {
    await version.onApplicationBootstrap();
    version.onApplicationShutdown();
    expect(version.current()).toBeNull();
    await until('its connection to end', async () => {
      const rows: unknown[] = await database.dataSource.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mintmark-listener'`,
      );
      return rows.length === 0 || undefined;
    });
  });

  it('lets the app end on a silent line', async () => {
    await version.onApplicationBootstrap();
    line.fallSilent();
    version.onApplicationShutdown();
    expect(version.current()).toBeNull();
  });

  it('lets the app end while a line is being opened', async () => {
    line.fallSilent();
    const opened = version.onApplicationBootstrap();
    version.onApplicationShutdown();
    await opened;
    expect(version.current()).toBeNull();
  });
});
