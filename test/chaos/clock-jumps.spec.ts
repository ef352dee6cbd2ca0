import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Market, coinGeckoRow, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { runOnce } from './crash-sweep.js';
import { Invariants } from './invariants.js';
import { SequencedMarket } from './sequenced-market.js';

const HOUR_MS = 3_600_000;

/** The date alone jumps: timers go by a clock that nobody sets. */
function setClock(milliseconds: number): void {
  jest.useFakeTimers({
    now: Date.now() + milliseconds,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

/** The clock of our own process, which a virtual machine that slept or a wrong time server sets elsewhere in a run. */
describe('a clock that jumps in the middle of a run', () => {
  let market: SequencedMarket;
  let service: Service;
  let invariants: Invariants;

  beforeAll(async () => {
    market = await SequencedMarket.open();
    service = await startService({ environment: { ...market.environment, ETL_TICK_SECONDS: '3600' } });
    invariants = new Invariants(service.database.dataSource, market);
    await runOnce(service);
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  const jumpAtPage2 = (milliseconds: number): void => {
    market.beforeSending = ({ page }) => {
      if (page !== 2) return;
      market.beforeSending = () => undefined;
      setClock(milliseconds);
    };
  };

  it.each([
    ['an hour ahead', HOUR_MS],
    ['forty days ahead', 40 * 24 * HOUR_MS],
    ['an hour back', -HOUR_MS],
    ['five days back', -5 * 24 * HOUR_MS],
  ])('%s neither ends it nor keeps out what comes later', async (_where, milliseconds) => {
    jumpAtPage2(milliseconds);
    expect(await runOnce(service)).toBe('success');
    expect(await invariants.violationsAtRest()).toEqual([]);
    expect(await runOnce(service)).toBe('success');
    jest.useRealTimers();
    expect(await runOnce(service)).toBe('success');
    expect(await invariants.violationsAtRest()).toEqual([]);
  });
});

it('what has no time of its own is not kept out by a clock that was ahead', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-clock-'));
  const market = await Market.open();
  const service = await startService({
    environment: { ...market.environment, COINGECKO_MAX_COINS: '250', CSV_PATH: folder },
  });
  const load = async (price: number): Promise<unknown[]> => {
    await writeFile(join(folder, 'coins.csv'), `symbol,name,price\nxyz,Xyz,${price}\n`);
    market.coinGecko = rowsOf(3, coinGeckoRow).map((row) => ({
      ...row,
      current_price: price,
      last_updated: null,
    }));
    const runs = [await runOnce(service, 'csv'), await runOnce(service)];
    expect(runs).toEqual(['success', 'success']);
    return service.rows('SELECT DISTINCT source, price::int FROM listings ORDER BY source');
  };
  try {
    setClock(HOUR_MS);
    await load(1);
    jest.useRealTimers();
    expect(await load(2)).toEqual([
      { source: 'coingecko', price: 2 },
      { source: 'csv', price: 2 },
    ]);
  } finally {
    jest.useRealTimers();
    await service.stop();
    await market.close();
    await rm(folder, { recursive: true });
  }
});
