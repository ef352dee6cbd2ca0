import { DEMO_COINS } from './world.js';
import type { DemoChain, DemoCoin } from './world.js';

/** The demo's coins as each API writes them at a moment: the same coins, and never quite the same numbers. */

type Row = Readonly<Record<string, unknown>>;

const CHAINS: Readonly<Record<DemoChain, { coinGecko: string; coinPaprika: string; type: string }>> = {
  ethereum: { coinGecko: 'ethereum', coinPaprika: 'eth-ethereum', type: 'ERC20' },
  bsc: { coinGecko: 'binance-smart-chain', coinPaprika: 'bnb-binance-coin', type: 'BEP20' },
  polygon: { coinGecko: 'polygon-pos', coinPaprika: 'matic-polygon', type: 'ERC20' },
  solana: { coinGecko: 'solana', coinPaprika: 'sol-solana', type: 'SPL' },
  avalanche: { coinGecko: 'avalanche', coinPaprika: 'avax-avalanche', type: 'ERC20' },
  tron: { coinGecko: 'tron', coinPaprika: 'trx-tron', type: 'TRC20' },
};

export const COINPAPRIKA_PLATFORMS = Object.values(CHAINS).map((chain) => chain.coinPaprika);

/** How far a price swings around its own, and how long a swing takes. */
const SWING = 0.012;
const SWING_MS = 40 * 60_000;
/** What CoinPaprika's prices differ from CoinGecko's at most. */
const DISAGREEMENT = 0.002;

const byCap = (id: 'coinGeckoId' | 'coinPaprikaId'): readonly (DemoCoin & { id: string; place: number })[] =>
  DEMO_COINS.flatMap((coin, place) => (coin[id] === null ? [] : [{ ...coin, id: coin[id], place }])).sort(
    (a, b) => (b.marketCap ?? 0) - (a.marketCap ?? 0),
  );

const AT_COINGECKO = byCap('coinGeckoId');
const AT_COINPAPRIKA = byCap('coinPaprikaId');

/** Rows of `/coins/markets`, largest cap first; rounded as CoinGecko rounds, unless all digits are asked for. */
export function coinGeckoMarkets(now: Date, allDigits: boolean): Row[] {
  return AT_COINGECKO.map((coin, index) => {
    const price = priceAt(coin, now, 0);
    const shownPrice = price === null || allDigits ? price : Number(price.toFixed(price < 1 ? 6 : 2));
    const dayAgo = price === null ? null : price / (1 + coin.change24h / 100);
    return {
      id: coin.id,
      symbol: coin.symbol.toLowerCase(),
      name: coin.name,
      image: null,
      current_price: shownPrice,
      market_cap: capAt(coin, price),
      market_cap_rank: coin.marketCap === null ? null : index + 1,
      fully_diluted_valuation: null,
      total_volume: price === null ? null : coin.volume24h,
      high_24h: price === null || dayAgo === null ? null : Math.max(price, dayAgo),
      low_24h: price === null || dayAgo === null ? null : Math.min(price, dayAgo),
      price_change_24h: price === null || dayAgo === null ? null : price - dayAgo,
      price_change_percentage_24h: price === null ? null : coin.change24h,
      circulating_supply: supplyOf(coin),
      total_supply: supplyOf(coin),
      max_supply: null,
      last_updated: updatedAt(coin.place, now).toISOString(),
    };
  });
}

/** Rows of `/coins/list?include_platform=true`; without the platforms where they aren't asked for. */
export function coinGeckoList(includePlatforms: boolean): Row[] {
  return AT_COINGECKO.map(({ id, symbol, name, contracts }) => ({
    id,
    symbol: symbol.toLowerCase(),
    name,
    ...(includePlatforms
      ? { platforms: Object.fromEntries(contracts.map((at) => [CHAINS[at.chain].coinGecko, at.address])) }
      : {}),
  }));
}

/** Rows of `/tickers?quotes=USD`, best rank first; 0 where something isn't known. */
export function coinPaprikaTickers(now: Date): Row[] {
  return AT_COINPAPRIKA.map((coin, index) => {
    const price = priceAt(coin, now, DISAGREEMENT);
    return {
      id: coin.id,
      name: coin.name,
      symbol: coin.symbol,
      rank: coin.marketCap === null ? 0 : index + 1,
      total_supply: supplyOf(coin) ?? 0,
      max_supply: 0,
      circulating_supply: supplyOf(coin) ?? 0,
      beta_value: 1,
      first_data_at: '2020-01-01T00:00:00Z',
      last_updated: updatedAt(coin.place + 3, now)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      quotes: {
        USD: {
          price,
          volume_24h: coin.volume24h,
          market_cap: capAt(coin, price) ?? 0,
          percent_change_24h: coin.change24h,
        },
      },
    };
  });
}

/** Rows of `/contracts/{platform}`; null for a platform that isn't known. */
export function coinPaprikaContracts(platform: string): Row[] | null {
  const known = Object.entries(CHAINS).find(([, chain]) => chain.coinPaprika === platform);
  if (!known) return null;
  const [name, { type }] = known;
  return AT_COINPAPRIKA.flatMap(({ id, contracts }) =>
    contracts.filter((at) => at.chain === name).map(({ address }) => ({ address, type, id, active: true })),
  );
}

function priceAt(coin: DemoCoin & { place: number }, now: Date, disagreement: number): number | null {
  if (coin.price === null) return null;
  const phase = now.getTime() / SWING_MS + coin.place;
  const swing = 1 + SWING * Math.sin(2 * Math.PI * phase) + disagreement * Math.cos(coin.place);
  return Number((coin.price * (isPegged(coin) ? 1 : swing)).toPrecision(14));
}

function isPegged(coin: DemoCoin): boolean {
  return coin.price === 1;
}

function supplyOf(coin: DemoCoin): number | null {
  return coin.marketCap === null || coin.price === null ? null : Math.round(coin.marketCap / coin.price);
}

function capAt(coin: DemoCoin, price: number | null): number | null {
  const supply = supplyOf(coin);
  return supply === null || price === null ? null : Math.round(supply * price);
}

/** A few minutes ago at most, and not for all coins at once. */
function updatedAt(place: number, now: Date): Date {
  return new Date(now.getTime() - (5 + (place % 120)) * 1000);
}
