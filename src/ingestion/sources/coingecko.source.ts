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
  ListingRecord,
  NameInId,
  PageReader,
  SourceAdapter,
  SourceHttp,
  SourceIo,
  SourceResponse,
} from '../source-adapter.js';
import { SourcePayloadInvalid } from '../source-errors.js';
import { errorIn } from './coingecko/answer-errors.js';

/** More is silently cut by CoinGecko. Never less, not even for the last page: pages of another size shift. */
const PER_PAGE = 250;
const PUBLIC_URL = 'https://api.coingecko.com/api/v3';

const PLANS = {
  keyless: { baseUrl: PUBLIC_URL, header: null, requestsPerMinute: 5, monthlyQuota: 10_000 },
  demo: { baseUrl: PUBLIC_URL, header: 'x-cg-demo-api-key', requestsPerMinute: 30, monthlyQuota: 10_000 },
  pro: {
    baseUrl: 'https://pro-api.coingecko.com/api/v3',
    header: 'x-cg-pro-api-key',
    requestsPerMinute: 250,
    monthlyQuota: 100_000,
  },
} as const;

/** CoinGecko: prices by rank from `/coins/markets`, and at most daily the contracts of its whole catalogue. */
@Injectable()
export class CoinGeckoSource implements SourceAdapter {
  readonly source = 'coingecko';
  readonly http: SourceHttp;
  private readonly maxCoins: number;

  constructor(settings: Settings) {
    const key = settings.COINGECKO_API_KEY;
    const plan = PLANS[settings.COINGECKO_PLAN ?? (key ? 'demo' : 'keyless')];
    this.maxCoins = settings.COINGECKO_MAX_COINS;
    this.http = {
      baseUrl: settings.COINGECKO_BASE_URL ?? plan.baseUrl,
      headers: plan.header && key ? { [plan.header]: key } : {},
      requestsPerMinute: settings.COINGECKO_RATE_LIMIT ?? plan.requestsPerMinute,
      monthlyQuota: settings.COINGECKO_MONTHLY_QUOTA ?? plan.monthlyQuota,
      errorIn,
    };
  }

  async *pages({ cursor, memory }: Checkpoint, io: SourceIo): AsyncIterable<FetchedPage> {
    const position = readCursor(cursor);
    let remembered = memory;
    // First, so that listings meet their contracts on arrival; only at the beginning of a pass.
    if (position === null && isCatalogueDue(memory['catalogueAt'], io.now())) {
      remembered = { ...memory, catalogueAt: io.now().toISOString() };
      const catalogue = await catalogueOr('contracts', io, () => this.catalogue(io));
      if (catalogue === 'later') remembered = memory;
      else if (catalogue !== 'refused') yield { ...catalogue, cursor: { page: 1 }, memory: remembered };
    }
    const lastPage = Math.ceil(this.maxCoins / PER_PAGE);
    let rowsBefore = PER_PAGE;
    for (let page = position ?? 1; page <= lastPage; page++) {
      const response = await fetchMarkets(page, io);
      const rows = parseJsonList(response.body, `coingecko markets page ${page}`).length;
      if (rows === 0 && rowsBefore < PER_PAGE) return;
      if (rows === 0) return assertEnd(page, io);
      // Only an empty page is the end: a short one also comes where CoinGecko leaves rows out.
      if (rowsBefore < PER_PAGE)
        io.warn(
          `page ${page - 1} of the markets had ${rowsBefore} coins of ${PER_PAGE}, and was not the last`,
        );
      rowsBefore = rows;
      const wanted = this.maxCoins - (page - 1) * PER_PAGE;
      yield {
        ...fetched(response),
        feed: rows > wanted ? `markets/first-${wanted}` : 'markets',
        cursor: { page: page + 1 },
        memory: remembered,
      };
    }
  }

  /** `avalanche-2`: the name in words, and a number where it was taken. */
  nameInId(sourceCoinId: string): NameInId {
    return { symbol: null, name: sourceCoinId.replace(/-[2-9]$/, '').replaceAll('-', ' ') };
  }

  open({ feed, body }: Pick<FetchedPage, 'feed' | 'body'>): PageReader {
    const records = parseJsonList(body, `coingecko ${feed}`);
    if (records.length === 0) throw new SourcePayloadInvalid(`coingecko ${feed}: an empty list`);
    if (feed === 'catalogue')
      return { kind: 'contracts', records, required: ['id', 'platforms'], read: readContracts };
    const wanted = /^markets(?:\/first-(\d+))?$/.exec(feed);
    if (!wanted) throw new SourcePayloadInvalid(`coingecko: an unknown feed, ${feed}`);
    return {
      kind: 'listings',
      records: wanted[1] ? records.slice(0, Number(wanted[1])) : records,
      required: ['id', 'symbol', 'name', 'current_price'],
      schema: 'markets',
      read: readListing,
    };
  }

  private async catalogue(io: SourceIo): Promise<Omit<FetchedPage, 'cursor'>> {
    const page = { ...fetched(await io.get('/coins/list', { include_platform: 'true' })), feed: 'catalogue' };
    this.open(page);
    return page;
  }
}

function fetchMarkets(page: number, io: SourceIo): Promise<SourceResponse> {
  return io.get('/coins/markets', {
    vs_currency: 'usd',
    order: 'market_cap_desc',
    per_page: String(PER_PAGE),
    page: String(page),
    // Without it, small prices arrive rounded, down to 0.
    precision: 'full',
  });
}

/** The end looks like a hole: an empty list. Only the page after it tells them apart. */
async function assertEnd(page: number, io: SourceIo): Promise<void> {
  if (page === 1) throw new SourcePayloadInvalid('coingecko markets: page 1 came empty');
  const next = await fetchMarkets(page + 1, io);
  if (parseJsonList(next.body, `coingecko markets page ${page + 1}`).length > 0)
    throw new SourcePayloadInvalid(`coingecko markets: page ${page} came empty in the middle`);
}

function fetched(response: SourceResponse): Pick<FetchedPage, 'url' | 'status' | 'body' | 'fetchedAt'> {
  return { url: response.url, status: response.status, body: response.body, fetchedAt: response.receivedAt };
}

/** The page of `/coins/markets` that comes next; null at the beginning, or where the cursor isn't ours. */
function readCursor(cursor: Cursor | null): number | null {
  const page = cursor?.['page'];
  return typeof page === 'number' && Number.isSafeInteger(page) && page >= 1 ? page : null;
}

function readListing(value: unknown): ListingRecord {
  const row = asRecord(value);
  return {
    sourceCoinId: readId(row['id'], 'id'),
    // CoinGecko lowers every symbol; tickers are written in capitals.
    symbol: readText(row['symbol'], 'symbol', SYMBOL_LENGTH).toUpperCase(),
    name: readText(row['name'], 'name', NAME_LENGTH),
    // A price of 0 is one that was rounded away, a cap of 0 an unknown supply.
    price: unknownIfZero(readDecimal(row['current_price'], 'current_price', PRICE)),
    marketCap: unknownIfZero(readDecimal(row['market_cap'], 'market_cap', MONEY)),
    volume24h: readDecimal(row['total_volume'], 'total_volume', MONEY),
    // Its neighbour `price_change_24h` is in USD.
    priceChange24h: readDecimal(row['price_change_percentage_24h'], 'price_change_percentage_24h', PERCENT),
    rank: readRank(row['market_cap_rank'], 'market_cap_rank'),
    sourceUpdatedAt: readTimestamp(row['last_updated'], 'last_updated'),
  };
}

function readContracts(value: unknown): ContractRecord {
  const row = asRecord(value);
  const sourceCoinId = readId(row['id'], 'id');
  const contracts = readMoreOf(sourceCoinId, () =>
    Object.entries(readObject(row['platforms'], 'platforms')).flatMap(([chain, address]) =>
      // Native coins have a chain without a name, or without an address.
      chain.trim() === '' || address === null || (typeof address === 'string' && address.trim() === '')
        ? []
        : [
            {
              chain: readId(chain, 'a chain'),
              address: readText(address, `the address on ${chain}`, NAME_LENGTH),
            },
          ],
    ),
  );
  return { sourceCoinId, contracts };
}
