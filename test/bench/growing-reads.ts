import { createHash } from 'node:crypto';

/** Reads of one kind in one go; as many limits as there are. */
export const READS = 100;

const limitOf = (n: number): number => 1 + (n % READS);
const symbolOf = (coin: number): string => createHash('md5').update(`${coin}`).digest('hex').slice(0, 6);
/** Some coins of the first thousand, which are in every database. */
const coinsOf = (n: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => 1 + ((n * 37 + at * 101) % 1000));

/** The n-th of reads of one kind, no two of a hundred alike. */
export const KINDS = {
  'page 1': (n) => `/data?limit=${limitOf(n)}`,
  'a deep page': (n, coins) =>
    `/data?limit=${limitOf(n)}&page=${Math.max(1, Math.floor((coins * 0.9) / limitOf(n)))}`,
  'by volume': (n) => `/data?sort=volume_24h&limit=${limitOf(n)}`,
  'by volume, least first': (n) => `/data?sort=volume_24h&order=asc&limit=${limitOf(n)}`,
  'three symbols': (n) => `/data?limit=${limitOf(n)}&symbol=${coinsOf(n, 3).map(symbolOf).join(',')}`,
  'ten ids': (n) =>
    `/data?limit=${limitOf(n)}&ids=${coinsOf(n, 10)
      .map((coin) => `coin-${coin}`)
      .join(',')}`,
  'one source': (n) => `/data?source=coingecko&limit=${limitOf(n)}`,
  'one source, by volume': (n) => `/data?source=coingecko&sort=volume_24h&limit=${limitOf(n)}`,
  'part of a name': (n) => `/data?limit=${limitOf(n)}&q=${symbolOf(1 + ((n * 37) % 1000))}`,
} as const satisfies Readonly<Record<string, (n: number, coins: number) => string>>;
