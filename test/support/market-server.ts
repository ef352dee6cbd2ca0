import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, startServer } from './misbehaving-server.js';
import type { Behaviour, MisbehavingServer } from './misbehaving-server.js';

/** One asset of a test's own market. Numbers are the digits that go over the wire; null where there is none. */
export interface MarketCoin {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly price?: string | null;
  readonly marketCap?: string | null;
  readonly volume?: string | null;
  readonly change?: string | null;
  readonly rank?: number | null;
  /** The source's own time; unset: a moment ago. */
  readonly at?: Date;
}

export interface Market {
  readonly coinGecko?: readonly MarketCoin[];
  readonly coinPaprika?: readonly MarketCoin[];
  /** (id, Ethereum address) as each catalogue has it; unset: the catalogue answers 503. */
  readonly coinGeckoContracts?: Readonly<Record<string, string>>;
  readonly coinPaprikaContracts?: Readonly<Record<string, string>>;
}

export interface MarketServer {
  readonly server: MisbehavingServer;
  /** Settings that make a service read this market. */
  readonly environment: Readonly<Record<string, string>>;
  show(market: Market): void;
  close(): Promise<void>;
}

/** CoinGecko and CoinPaprika with only what a test put there, every digit as it was put. */
export async function startMarket(market: Market): Promise<MarketServer> {
  const server = await startServer(behaviourOf(market));
  return {
    server,
    environment: {
      COINGECKO_BASE_URL: `${server.url}/api/v3`,
      COINPAPRIKA_BASE_URL: `${server.url}/v1`,
    },
    show: (next) => {
      server.behave(behaviourOf(next));
    },
    close: () => server.close(),
  };
}

function behaviourOf(market: Market): Behaviour {
  return (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://market');
    const body = bodyFor(url, market);
    const status = body === null ? 503 : 200;
    return answer(status, body ?? '{"error":"away"}', { 'Content-Type': 'application/json' })(
      request,
      response,
    );
  };
}

function bodyFor(url: URL, market: Market): string | null {
  switch (url.pathname) {
    case '/api/v3/coins/markets':
      return list(url.searchParams.get('page') === '1' ? (market.coinGecko ?? []).map(asCoinGecko) : []);
    case '/api/v3/coins/list':
      return (
        (market.coinGeckoContracts &&
          JSON.stringify(
            Object.entries(market.coinGeckoContracts).map(([id, ethereum]) => ({
              id,
              platforms: { ethereum },
            })),
          )) ??
        null
      );
    case '/v1/tickers':
      return list((market.coinPaprika ?? []).map(asCoinPaprika));
    case '/v1/contracts/eth-ethereum':
      return (
        (market.coinPaprikaContracts &&
          JSON.stringify(
            Object.entries(market.coinPaprikaContracts).map(([id, address]) => ({
              id,
              address,
              type: 'ERC20',
              active: true,
            })),
          )) ??
        null
      );
    default:
      return null;
  }
}

const list = (rows: readonly string[]): string => `[${rows.join(',')}]`;
const moment = (coin: MarketCoin): string => JSON.stringify((coin.at ?? new Date()).toISOString());

function asCoinGecko(coin: MarketCoin): string {
  return `{"id":${JSON.stringify(coin.id)},"symbol":${JSON.stringify(coin.symbol.toLowerCase())},
    "name":${JSON.stringify(coin.name)},"current_price":${coin.price ?? null},
    "market_cap":${coin.marketCap ?? null},"market_cap_rank":${coin.rank ?? null},
    "total_volume":${coin.volume ?? null},"price_change_percentage_24h":${coin.change ?? null},
    "last_updated":${moment(coin)}}`;
}

function asCoinPaprika(coin: MarketCoin): string {
  return `{"id":${JSON.stringify(coin.id)},"symbol":${JSON.stringify(coin.symbol)},
    "name":${JSON.stringify(coin.name)},"rank":${coin.rank ?? 0},"last_updated":${moment(coin)},
    "quotes":{"USD":{"price":${coin.price ?? null},"market_cap":${coin.marketCap ?? null},
    "volume_24h":${coin.volume ?? null},"percent_change_24h":${coin.change ?? null}}}}`;
}
