import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { sweepCrashPoints, sweepKills } from './crash-sweep.js';
import { SequencedMarket } from './sequenced-market.js';

jest.setTimeout(120_000);

describe('a run that crashes at any of its database operations', () => {
  let market: SequencedMarket;
  let service: Service;

  beforeEach(async () => {
    market = await SequencedMarket.open();
    service = await startService({ environment: { ...market.environment, ETL_TICK_SECONDS: '3600' } });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  it.each(['throw', 'lost'] as const)('is put right by the next one: %s', async (how) => {
    const swept = await sweepCrashPoints(service, market, how);
    expect(swept.violations).toEqual([]);
    // Claim, two pages and the end are some dozens of operations: fewer would mean that they aren't seen.
    expect(swept.points).toBeGreaterThan(40);
  });

  it('is put right by the next one: kill', async () => {
    // A few points here, another few the next time; all of them in `npm run chaos`.
    const step = 25;
    const first = 1 + (Date.now() % step);
    const swept = await sweepKills(service, market, { first, step });
    expect({ first, violations: swept.violations }).toEqual({ first, violations: [] });
    expect(swept.points).toBeGreaterThan(1);
  });
});
