import { distinctRead } from './distinct-reads.js';

const READS = 8_000;
const coins = Array.from({ length: 500 }, (_, index) => `coin-${index}`);

describe('distinct reads', () => {
  const reads = Array.from({ length: READS }, (_, n) => distinctRead(n, coins));
  const parameters = reads.map((read) => new URL(read, 'http://mintmark').searchParams);

  it('are never the same', () => {
    // Nor are they when coins are asked for in another order.
    const asked = reads.map((read) =>
      read.replace(/ids=(.*)/, (_, ids: string) => ids.split(',').sort().join()),
    );
    expect(new Set(asked).size).toBe(READS);
  });

  it('ask for about fifty coins that there are', () => {
    const pages = parameters.filter((query) => query.has('page'));
    const limits = pages.map((query) => Number(query.get('limit')));
    expect([Math.min(...limits) > 0, Math.max(...limits)]).toEqual([true, 50]);
    expect(
      Math.max(...pages.map((query) => Number(query.get('page')) * Number(query.get('limit')))),
    ).toBeLessThanOrEqual(coins.length);
    const ids = parameters.flatMap((query) => query.get('ids') ?? []);
    expect(new Set(ids.map((each) => new Set(each.split(',')).size))).toEqual(new Set([50]));
  });

  it('go through all sorts, orders and pages', () => {
    const seen = (name: string) => new Set(parameters.map((query) => query.get(name))).size;
    expect({ sort: seen('sort'), order: seen('order'), page: seen('page') }).toEqual({
      sort: 7,
      order: 3,
      page: 11,
    });
  });
});
