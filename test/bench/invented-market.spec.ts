import { coinGeckoRow, coinOf, coinPaprikaRow } from './invented-market.js';

const begin = new Date('2026-11-01T00:00:00Z');
const COINS = 20_000;
const at = (round: number) => Array.from({ length: COINS }, (_, index) => coinOf(index, { round, begin }));

describe('the invented market', () => {
  const coins = at(0);

  it('has no name twice, and few symbols', () => {
    expect(new Set(coins.map(({ slug }) => slug)).size).toBe(COINS);
    expect(new Set(coins.map(({ symbol }) => symbol)).size).toBe(COINS - COINS / 20);
  });

  it('has other prices and times in the next round, and close ones', () => {
    const moved = at(1).map(({ price }, index) => price / (coins[index]?.price ?? 0));
    expect(Math.max(...moved)).toBeLessThan(1.03);
    expect(Math.min(...moved)).toBeGreaterThan(0.97);
    expect(moved).not.toContain(1);
    expect(at(0)).toEqual(coins);
  });

  it('is the same in both sources, index for index', () => {
    const moment = { round: 3, begin };
    expect([coinGeckoRow(7, moment)['name'], coinGeckoRow(7, moment)['last_updated']]).toEqual([
      coinPaprikaRow(7, moment)['name'],
      coinPaprikaRow(7, moment)['last_updated'],
    ]);
  });
});
