import { answer, json, startServer } from './misbehaving-server.js';
import type { Behaviour, MisbehavingServer } from './misbehaving-server.js';

export type Row = Record<string, unknown>;

const PER_PAGE = 250;

/**
 * CoinGecko and CoinPaprika in one server, whose every row a test can change and whose every answer it can spoil.
 * Frozen in time: unchanged rows give the same bytes for ever.
 */
export class Market {
  /** What `/coins/markets` pages through. */
  coinGecko: Row[] = [];
  /** `id` and `platforms` of `/coins/list`. */
  catalogue: Row[];
  /** What `/tickers` answers. */
  coinPaprika: Row[] = [];
  /** Of `eth-ethereum`; every other platform is a 404. */
  contracts: Row[];
  private spoilt: { readonly route: RegExp; readonly behaviour: Behaviour }[] = [];

  private constructor(readonly server: MisbehavingServer) {
    this.catalogue = [{ id: 'coin-0', symbol: 'c0', name: 'Coin 0', platforms: {} }];
    this.contracts = [{ id: 'c0-coin-0', type: 'ERC20', active: true, address: ethereumAddress(0) }];
  }

  static async open(): Promise<Market> {
    const server = await startServer((request, response) => market.respond(request, response));
    const market = new Market(server);
    return market;
  }

  /** The settings that make a service use it. */
  get environment(): Record<string, string> {
    return {
      COINGECKO_BASE_URL: `${this.server.url}/api/v3`,
      COINPAPRIKA_BASE_URL: `${this.server.url}/v1`,
    };
  }

  /** Requests whose path and query match, so far. */
  asked(route: RegExp): string[] {
    return this.server.requests.map(({ url }) => url).filter((url) => route.test(url));
  }

  /** From the next request on, until `heal`. */
  spoil(route: RegExp, behaviour: Behaviour): void {
    this.spoilt.unshift({ route, behaviour });
  }

  heal(): void {
    this.spoilt = [];
  }

  /** Both catalogues give these coins, as the rows below name them, one contract each. */
  giveContracts(indexes: readonly number[]): void {
    this.catalogue = indexes.map((index) => ({
      id: `coin-${index}`,
      symbol: `c${index}`,
      name: `Coin ${index}`,
      platforms: { ethereum: ethereumAddress(index) },
    }));
    this.contracts = indexes.map((index) => ({
      id: `c${index}-coin-${index}`,
      type: 'ERC20',
      active: true,
      address: ethereumAddress(index),
    }));
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private respond(...[request, response]: Parameters<Behaviour>): void | Promise<void> {
    const url = request.url ?? '/';
    const spoilt = this.spoilt.find(({ route }) => route.test(url));
    return (spoilt?.behaviour ?? this.good(new URL(url, this.server.url)))(request, response);
  }

  private good({ pathname, searchParams }: URL): Behaviour {
    const page = Number(searchParams.get('page') ?? 1);
    switch (pathname) {
      case '/api/v3/coins/markets':
        return jsonOf(this.coinGecko.slice((page - 1) * PER_PAGE, page * PER_PAGE));
      case '/api/v3/coins/list':
        return jsonOf(this.catalogue);
      case '/v1/tickers':
        return jsonOf(this.coinPaprika);
      case '/v1/contracts/eth-ethereum':
        return jsonOf(this.contracts);
      default:
        return json({ error: 'id not found' }, 404);
    }
  }
}

/** Stands for a piece of JSON that no JavaScript value is, such as `1e400` or a bare `NaN`. */
export class Verbatim {
  constructor(readonly json: string) {}
}

function jsonOf(rows: readonly unknown[]): Behaviour {
  const pieces: string[] = [];
  const text = JSON.stringify(rows, (_key, value: unknown) =>
    value instanceof Verbatim ? `@verbatim ${pieces.push(value.json) - 1}@` : value,
  ).replace(/"@verbatim (\d+)@"/g, (_match, index) => pieces[Number(index)] ?? '');
  return answer(200, text, { 'Content-Type': 'application/json' });
}

/** A coin as CoinGecko lists it; `at` is its `last_updated`. */
export function coinGeckoRow(index: number, at: Date, changed: Row = {}): Row {
  return {
    id: `coin-${index}`,
    symbol: `c${index}`,
    name: `Coin ${index}`,
    current_price: 1 + index / 8,
    market_cap: 1_000_000 - index,
    market_cap_rank: index + 1,
    total_volume: 5_000 + index,
    price_change_24h: -0.25,
    price_change_percentage_24h: -1.5,
    last_updated: at.toISOString(),
    ...changed,
  };
}

/** The same coin as CoinPaprika lists it, a little dearer. */
export function coinPaprikaRow(index: number, at: Date, changed: Row = {}): Row {
  return {
    id: `c${index}-coin-${index}`,
    symbol: `C${index}`,
    name: `Coin ${index}`,
    rank: index + 1,
    last_updated: at.toISOString(),
    quotes: {
      USD: {
        price: (1 + index / 8) * 1.001,
        market_cap: 1_000_000 - index,
        volume_24h: 6_000 + index,
        percent_change_24h: -1.4,
      },
    },
    ...changed,
  };
}

export function ethereumAddress(index: number): string {
  return `0x${(index + 1).toString(16).padStart(40, 'a')}`;
}

export function rowsOf(
  count: number,
  row: (index: number, at: Date) => Row,
  { from = 0, at = minutesAgo(10) }: { from?: number; at?: Date } = {},
): Row[] {
  return Array.from({ length: count }, (_, index) => row(from + index, at));
}

/** A time a source may name; the adapters refuse what lies in the future, by the machine's clock. */
export function minutesAgo(minutes: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 - minutes * 60_000);
}
