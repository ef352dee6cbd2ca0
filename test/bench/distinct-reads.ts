const SORTS = ['rank', 'market_cap', 'volume_24h', 'current_price', 'price_change_24h', 'name'] as const;
const ORDERS = ['asc', 'desc'] as const;
const ROWS = 50;
/** Deeper ones cost PostgreSQL so much that nothing else would be measured. */
const PAGES = 100;
const WAYS = SORTS.length * ORDERS.length;
/** A prime, so that pages come in no order and each comes once. */
const STRIDE = 7919;

/**
 * The n-th of reads of which no two are alike, each of about 50 coins: a page in any of the orders, then 50 coins
 * by their ids, and so on.
 */
export function distinctRead(n: number, coinIds: readonly string[]): string {
  return n % 2 === 0 ? distinctPage(n / 2, coinIds.length) : fiftyCoins((n - 1) / 2, coinIds);
}

function distinctPage(n: number, coins: number): string {
  const pages = Math.min(PAGES, Math.max(1, Math.floor(coins / ROWS)));
  const turn = Math.floor(n / WAYS);
  const page = 1 + ((turn * STRIDE) % pages);
  // Once all pages have been, they come again with another coin fewer.
  const limit = ROWS - Math.floor(turn / pages);
  const sort = SORTS[n % SORTS.length] ?? SORTS[0];
  const order = ORDERS[Math.floor(n / SORTS.length) % ORDERS.length] ?? ORDERS[0];
  return `/data?limit=${limit}&page=${page}&sort=${sort}&order=${order}`;
}

/** The n-th pair of a first coin and a step: 50 coins from there on, each so many after the last. */
function fiftyCoins(n: number, coinIds: readonly string[]): string {
  const step = 1 + Math.floor(n / coinIds.length);
  const ids = Array.from(
    { length: Math.min(ROWS, coinIds.length) },
    (_, at) => coinIds[(n * STRIDE + at * step) % coinIds.length],
  );
  return `/data?limit=50&ids=${ids.join(',')}`;
}
