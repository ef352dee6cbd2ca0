import pg from 'pg';
import { createTestDatabase } from '../../test/support/database.js';
import type { TestDatabase } from '../../test/support/database.js';
import { DatabaseLine } from '../../test/support/database-line.js';
import { stopTimers } from '../../test/support/stopped-timers.js';
import { until } from '../../test/support/until.js';
import { bumpDataVersion, DataVersion } from './data-version.js';
import { DatabaseUrl } from './database-url.js';

const SOON = { lookEveryMs: 20, patienceMs: 250, reconnectMs: 10, reconnectAtMostMs: 40 };
/** Longer than the second of a page. */
const SELDOM = { ...SOON, lookEveryMs: 5_000, patienceMs: 2_000 };

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

  it('is never given twice, though the database has lost the last ones', async () => {
    const lost = await bump();
    await database.dataSource.query('UPDATE data_version SET version = $1::bigint - 1', [lost]);
    expect(BigInt(await bump())).toBeGreaterThan(BigInt(lost));
  });

  it('rises when the clock has been set back', async () => {
    const ahead = String(BigInt(await bump()) + 10n ** 12n);
    await database.dataSource.query('UPDATE data_version SET version = $1', [ahead]);
    expect(await bump()).toBe(String(BigInt(ahead) + 1n));
    await database.dataSource.query('UPDATE data_version SET version = 1');
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

  describe('when pages are loaded', () => {
    let emitted: jest.SpiedFunction<pg.Client['emit']>;

    beforeEach(async () => {
      emitted = jest.spyOn(pg.Client.prototype, 'emit');
      stopTimers();
      version = new DataVersion(new DatabaseUrl(line.url), SELDOM);
      await version.onApplicationBootstrap();
    });
    afterEach(() => {
      version.onApplicationShutdown();
      jest.useRealTimers();
      emitted.mockRestore();
    });

    const tell = (urgency: 'at once' | 'may wait'): Promise<string> =>
      database.dataSource.transaction((manager) => bumpDataVersion(manager, urgency));
    const isTold = (payload: string): boolean =>
      emitted.mock.calls.some(
        ([event, message]) => String(event) === 'notification' && isNotification(message, payload),
      );
    const heard = async (payload: string): Promise<void> => {
      while (!isTold(payload)) await database.dataSource.query('SELECT 1');
    };
    /** A page's commit, and its word has come here. */
    const page = async (): Promise<string> => {
      const committed = await tell('may wait');
      await heard(`${committed} may wait`);
      return committed;
    };

    it('takes note of the first at once, and of those that follow together when a second is over', async () => {
      const first = await page();
      expect(version.current()).toBe(first);
      await page();
      const third = await page();
      jest.advanceTimersByTime(999);
      expect(version.current()).toBe(first);
      jest.advanceTimersByTime(1);
      expect(version.current()).toBe(third);
      // And so from second to second, until one was quiet.
      const fourth = await page();
      expect(version.current()).toBe(third);
      jest.advanceTimersByTime(1_000);
      expect(version.current()).toBe(fourth);
      jest.advanceTimersByTime(1_000);
      const fifth = await page();
      expect(version.current()).toBe(fifth);
    });

    it('takes note of all else at once, and of the pages before it', async () => {
      const first = await page();
      await page();
      expect(version.current()).toBe(first);
      const ended = await tell('at once');
      await heard(ended);
      expect(version.current()).toBe(ended);
      jest.advanceTimersByTime(1_000);
      expect(version.current()).toBe(ended);
    });

    it('knows what it has committed itself at once, and the pages before it', async () => {
      await page();
      await page();
      const own = await tell('at once');
      version.committed(own);
      expect(version.current()).toBe(own);
      await heard(own);
      jest.advanceTimersByTime(1_000);
      expect(version.current()).toBe(own);
    });

    it('takes words it doesn’t know for urgent ones, and no others for versions', async () => {
      await page();
      await page();
      const next = String(BigInt((await read()) ?? '') + 1n);
      await database.dataSource.query(`SELECT pg_notify('mintmark_data', $1)`, [`${next} soon`]);
      await heard(`${next} soon`);
      expect(version.current()).toBe(next);
      await database.dataSource.query(`SELECT pg_notify('mintmark_data', 'good morning')`);
      await heard('good morning');
      expect(version.current()).toBe(next);
      await database.dataSource.query('UPDATE data_version SET version = $1', [next]);
    });

    it('finds by looking what was to wait', async () => {
      await page();
      const second = await page();
      jest.advanceTimersByTime(SELDOM.lookEveryMs);
      while (version.current() !== second) await database.dataSource.query('SELECT 1');
    });

    it('forgets with its line what was to wait: the next line finds it', async () => {
      await page();
      const second = await page();
      await line.cut();
      while (version.current() !== null) await database.dataSource.query('SELECT 1');
      await line.restore();
      while (version.current() === null) {
        jest.advanceTimersByTime(SELDOM.reconnectAtMostMs);
        await database.dataSource.query('SELECT 1');
      }
      expect(version.current()).toBe(second);
    });

    it('lets the app end in the middle of a second', async () => {
      await page();
      await page();
      const timers = jest.getTimerCount();
      version.onApplicationShutdown();
      // The one to the next look, and the second's.
      expect(jest.getTimerCount()).toBe(timers - 2);
      jest.advanceTimersByTime(1_000);
      expect(version.current()).toBeNull();
    });
  });
});

function isNotification(message: unknown, payload: string): boolean {
  return (
    typeof message === 'object' && message !== null && 'payload' in message && message.payload === payload
  );
}
