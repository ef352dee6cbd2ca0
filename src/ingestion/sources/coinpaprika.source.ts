import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { catalogueOr, isCatalogueDue } from '../contract-catalogue.js';
import { parseJsonList } from '../json-payload.js';
import {
  MONEY,
  NAME_LENGTH,
  PERCENT,
  PRICE,
  SYMBOL_LENGTH,
  asRecord,
  readDecimal,
  readId,
  readMoreOf,
  readObject,
  readRank,
  readText,
  readTimestamp,
  unknownIfZero,
} from '../record-reader.js';
import type {
  Checkpoint,
  ContractRecord,
  Cursor,
  FetchedPage,
  Json,
  ListingRecord,
  Memory,
  NameInId,
  PageReader,
  SourceAdapter,
  SourceHttp,
  SourceIo,
} from '../source-adapter.js';
import { RecordRefused, SourcePayloadInvalid } from '../source-errors.js';

const PLANS = { free: 'https://api.coinpaprika.com/v1', pro: 'https://api-pro.coinpaprika.com/v1' } as const;

/**
 * Platforms bear the id of their native coin. These hold nine tenths of all contracts, and each costs a request
 * a day; CoinPaprika lists dozens more, most of them with a handful.
 */
const PLATFORMS = [
  'eth-ethereum',
  'bnb-binance-coin',
  'matic-polygon',
  'sol-solana',
  'avax-avalanche',
  'trx-tron',
] as const;
const CONTRACTS = 'contracts/';
const TICKERS = 'tickers';

/** CoinPaprika: every price in one answer, and at most daily the contracts of the main platforms. */
@Injectable()
export class CoinPaprikaSource implements SourceAdapter {
  readonly source = 'coinpaprika';
  readonly http: SourceHttp;
  private readonly maxCoins: number | undefined;

  constructor(settings: Settings) {
    const key = settings.COINPAPRIKA_API_KEY;
    const plan = settings.COINPAPRIKA_PLAN ?? (key ? 'pro' : 'free');
    this.maxCoins = settings.COINPAPRIKA_MAX_COINS;
    this.http = {
      baseUrl: settings.COINPAPRIKA_BASE_URL ?? PLANS[plan],
      headers: plan === 'pro' && key ? { Authorization: key } : {},
      requestsPerMinute: settings.COINPAPRIKA_RATE_LIMIT,
      monthlyQuota: settings.COINPAPRIKA_MONTHLY_QUOTA,
      errorIn,
    };
  }

  async *pages({ cursor, memory }: Checkpoint, io: SourceIo): AsyncIterable<FetchedPage> {
    const after = readCursor(cursor);
    if (after === TICKERS) return;
    const asked = readAsked(memory);
    // First, so that listings meet their contracts on arrival.
    for (const platform of PLATFORMS.slice(after === null ? 0 : PLATFORMS.indexOf(after) + 1)) {
      if (!isCatalogueDue(asked[platform], io.now())) continue;
      const page = await catalogueOr(`contracts on ${platform}`, io, () => this.contracts(platform, io));
      // Who doesn't answer for one platform won't for the next, and each costs a timeout and its retries.
      if (page === 'later') break;
      asked[platform] = io.now().toISOString();
      if (page !== 'refused') yield { ...page, cursor: { after: platform }, memory: { asked: { ...asked } } };
    }
    const page = await fetchPage(TICKERS, io, { quotes: 'USD' });
    const rows = parseJsonList(page.body, `coinpaprika ${TICKERS}`).length;
    yield {
      ...page,
      feed:
        this.maxCoins !== undefined && rows > this.maxCoins ? `${TICKERS}/first-${this.maxCoins}` : TICKERS,
      cursor: { after: TICKERS },
      memory: { asked: { ...asked } },
    };
  }

  /** `avax-avalanche`: the symbol, then the name in words. */
  nameInId(sourceCoinId: string): NameInId | null {
    const [symbol = '', ...words] = sourceCoinId.split('-');
    return symbol !== '' && words.length > 0 ? { symbol, name: words.join(' ') } : null;
  }

  open({ feed, body }: Pick<FetchedPage, 'feed' | 'body'>): PageReader {
    const records = parseJsonList(body, `coinpaprika ${feed}`);
    if (records.length === 0) throw new SourcePayloadInvalid(`coinpaprika ${feed}: an empty list`);
    if (feed.startsWith(CONTRACTS)) {
      // A platform is called by the id of its own coin, symbol and name: `eth-ethereum`.
      const platform = feed.slice(CONTRACTS.length);
      const chain = platform.slice(platform.indexOf('-') + 1);
      return {
        kind: 'contracts',
        records,
        required: ['id', 'address'],
        read: (record) => readContract(record, chain),
      };
    }
    const wanted = /^tickers(?:\/first-(\d+))?$/.exec(feed);
    if (!wanted) throw new SourcePayloadInvalid(`coinpaprika: an unknown feed, ${feed}`);
    return {
      kind: 'listings',
      records: wanted[1] ? bestRanked(records, Number(wanted[1])) : records,
      required: ['id', 'symbol', 'name', 'quotes.USD.price'],
      schema: TICKERS,
      read: readListing,
    };
  }

  private async contracts(platform: string, io: SourceIo): Promise<Omit<FetchedPage, 'cursor'>> {
    const page = await fetchPage(`${CONTRACTS}${platform}`, io);
    this.open(page);
    return page;
  }
}

async function fetchPage(
  feed: string,
  io: SourceIo,
  query?: Readonly<Record<string, string>>,
): Promise<Omit<FetchedPage, 'cursor'>> {
  const { url, status, body, receivedAt } = await io.get(`/${feed}`, query);
  return { feed, url, status, body, fetchedAt: receivedAt };
}

/** What was loaded last; null at the beginning, or where the cursor isn't ours. */
function readCursor(cursor: Cursor | null): (typeof PLATFORMS)[number] | typeof TICKERS | null {
  const after = cursor?.['after'];
  return after === TICKERS ? TICKERS : (PLATFORMS.find((platform) => platform === after) ?? null);
}

/** When each platform was last asked for its contracts. */
function readAsked(memory: Memory): Record<string, Json> {
  const asked = Object.entries(memory['asked'] ?? {});
  return Object.fromEntries(asked.filter(([platform]) => PLATFORMS.some((known) => known === platform)));
}

/** The answer isn't in the order of ranks. A rank of 0 is none, and what can't be read has none either. */
function bestRanked(records: readonly unknown[], count: number): readonly unknown[] {
  const rankOf = (record: unknown): number => {
    const rank = typeof record === 'object' && record !== null && 'rank' in record ? record.rank : null;
    return typeof rank === 'number' && rank > 0 ? rank : Number.MAX_VALUE;
  };
  const order = records.map((record, at) => ({ at, rank: rankOf(record) })).sort((a, b) => a.rank - b.rank);
  const best = new Set(order.slice(0, count).map(({ at }) => at));
  return records.filter((_record, at) => best.has(at));
}

function readListing(value: unknown): ListingRecord {
  const row = asRecord(value);
  const usd = readObject(readObject(row['quotes'], 'quotes')['USD'], 'quotes.USD');
  if (usd['price'] === undefined)
    throw new RecordRefused('missing_field', 'quotes.USD.price is missing', 'quotes.USD.price');
  return {
    sourceCoinId: readId(row['id'], 'id'),
    symbol: readText(row['symbol'], 'symbol', SYMBOL_LENGTH),
    name: readText(row['name'], 'name', NAME_LENGTH),
    // 0 is what CoinPaprika writes for unknown; a volume of 0 is a day without a trade.
    price: unknownIfZero(readDecimal(usd['price'], 'quotes.USD.price', PRICE)),
    marketCap: unknownIfZero(readDecimal(usd['market_cap'], 'quotes.USD.market_cap', MONEY)),
    volume24h: readDecimal(usd['volume_24h'], 'quotes.USD.volume_24h', MONEY),
    priceChange24h: readDecimal(usd['percent_change_24h'], 'quotes.USD.percent_change_24h', PERCENT),
    rank: readRank(row['rank'], 'rank'),
    sourceUpdatedAt: readTimestamp(row['last_updated'], 'last_updated'),
  };
}

/** One contract of one coin; a coin with several has several records. */
function readContract(value: unknown, chain: string): ContractRecord {
  const row = asRecord(value);
  const sourceCoinId = readId(row['id'], 'id');
  const address = readMoreOf(sourceCoinId, () => readText(row['address'], 'address', NAME_LENGTH));
  // Left behind by a migration: what is traded there now need not be this coin.
  return { sourceCoinId, contracts: row['active'] === false ? [] : [{ chain, address }] };
}

/** 402 is a spent quota and a plan too small alike. Only the first must stop everything else. */
function errorIn(status: number, body: Buffer): Error | null {
  const said = body.subarray(0, 500).toString('utf8');
  return status === 402 && /not allowed in (this|your) plan/i.test(said)
    ? new SourcePayloadInvalid('coinpaprika: not in this plan')
    : null;
}
