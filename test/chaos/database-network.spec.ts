import { DatabaseLine } from '../support/database-line.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { runOnce } from './crash-sweep.js';
import { Invariants } from './invariants.js';
import { COMMITS, loseCommit } from './lost-commits.js';
import { SequencedMarket } from './sequenced-market.js';

describe('a run whose network to PostgreSQL', () => {
  let market: SequencedMarket;
  let service: Service;
  let line: DatabaseLine;
  let invariants: Invariants;

  beforeAll(async () => {
    market = await SequencedMarket.open();
    service = await startService({
      // Who waits for a lock is silent too: for less than this.
      silenceMs: 1500,
      environment: {
        ...market.environment,
        ETL_TICK_SECONDS: '3600',
        ETL_LEASE_SECONDS: '1',
        DATABASE_POOL_SIZE: '4',
      },
      databaseUrl: async (url) => {
        line = await DatabaseLine.open(url);
        return line.url;
      },
    });
    invariants = new Invariants(service.database.dataSource, market);
  });
  afterEach(() => line.restore());
  afterAll(async () => {
    await line.close();
    await service.stop();
    await market.close();
  });

  it.each(['unsent', 'unanswered', 'silent before', 'silent after'] as const)(
    'is lost at a COMMIT, %s, is put right by the next one',
    async (fate) => {
      for (let commit = 1; commit <= COMMITS; commit++)
        expect(await loseCommit(service, line, invariants, { fate, commit })).toEqual([]);
    },
  );

  it('is slow takes longer', async () => {
    line.slowDown(5);
    expect(await runOnce(service)).toBe('success');
    expect(await invariants.violationsAtRest()).toEqual([]);
  });

  it('is cut at every connection goes on when it is back', async () => {
    market.beforeSending = async ({ page }) => {
      if (page !== 2) return;
      market.beforeSending = () => undefined;
      await line.cut();
    };
    const outcome = await runOnce(service);
    await line.restore();
    expect(outcome).toBe('failed');
    expect(await invariants.violations()).toEqual([]);
    await service.rows('UPDATE etl_checkpoints SET lease_expires_at = now() WHERE lease_expires_at > now()');
    expect(await runOnce(service)).toBe('success');
    expect(await invariants.violationsAtRest()).toEqual([]);
  });
});
