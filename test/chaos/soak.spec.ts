import { startService } from '../support/service.js';
import { until } from '../support/until.js';
import { CrashPoint } from './crash-point.js';
import { expireLease, runOnce } from './crash-sweep.js';
import { SequencedMarket } from './sequenced-market.js';

const ROUNDS = 15;

/** What keeps a process busy or alive: timers, sockets, files; by kind. */
function resources(): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

it('runs that succeed, fail and crash leave nothing behind in their process', async () => {
  const market = await SequencedMarket.open({ births: false });
  const service = await startService({
    environment: { ...market.environment, ETL_TICK_SECONDS: '3600', DATABASE_POOL_SIZE: '4' },
  });
  /** A good one, one that fails at the source, and one that loses its connection in the middle. */
  const round = async (): Promise<void> => {
    expect(await runOnce(service)).toBe('success');
    market.beforeSending = () => {
      market.beforeSending = () => undefined;
      market.cutOff();
    };
    expect(await runOnce(service)).toBe('failed');
    const lost = new CrashPoint(20, 'lost');
    expect(await lost.during(() => runOnce(service))).toBe('failed');
    expect(lost.statement).not.toBeNull();
    await expireLease(service);
    await service.get('/data');
    await service.get('/metrics');
  };
  try {
    await round();
    const before = resources();
    for (let rounds = 0; rounds < ROUNDS; rounds++) await round();
    // What is being closed has a moment to go.
    const more = await until('the resources to be as before', async () => {
      const now = resources();
      return Object.entries(now).every(([kind, count]) => count <= (before[kind] ?? 0) + 2) && now;
    });
    expect(more).toBeDefined();
    const [connections] = await service.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'mintmark%' AND pid <> pg_backend_pid()`,
    );
    // The pool, the listener, and this test's own pool.
    expect(connections?.count).toBeLessThanOrEqual(2 + 1 + 2);
    const [rows] = await service.rows<{ listings: number; quotes: number; changes: number }>(
      `SELECT (SELECT count(*) FROM listings)::int AS listings, (SELECT count(*) FROM quotes)::int AS quotes,
              (SELECT sum(inserted + updated) FROM etl_runs)::int AS changes`,
    );
    expect(rows?.listings).toBe(market.pages * market.steadyPerPage);
    // The catalogue's one record is a change without a quote.
    expect(rows?.quotes).toBe((rows?.changes ?? 0) - 1);
  } finally {
    await service.stop();
    await market.close();
  }
});
