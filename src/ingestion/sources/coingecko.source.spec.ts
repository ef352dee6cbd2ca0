import { describeAdapter } from '../../../test/support/adapter-contract.js';
import { fixture } from '../../../test/support/fixture.js';
import { Settings } from '../../config/settings.js';
import type { Checkpoint, FetchedPage, SourceIo } from '../source-adapter.js';
import {
  SourceAuthFailed,
  SourcePayloadInvalid,
  SourceQuotaSpent,
  SourceRateLimited,
  SourceUnavailable,
} from '../source-errors.js';
import { CoinGeckoSource } from './coingecko.source.js';

const MARKETS = fixture('coingecko-markets.json');
const CATALOGUE = fixture('coingecko-list.json');

const source = (settings: Partial<Settings> = {}): CoinGeckoSource =>
  new CoinGeckoSource(Object.assign(new Settings(), settings));

/** Rows `from` to `to` of a market of so many coins, as JSON. */
const rows = (from: number, to: number): string =>
  `[${Array.from({ length: Math.max(0, to - from) }, (_, at) => oneRow.replace('northcoin', `coin-${from + at}`)).join()}]`;
const oneRow = JSON.stringify(JSON.parse(MARKETS)[0]).replace('1234.567890123457', '1234.5678901234567891');

describeAdapter({
  name: 'CoinGecko',
  adapter: (COINGECKO_BASE_URL, COINGECKO_API_KEY) =>
    source({
      COINGECKO_BASE_URL,
      COINGECKO_API_KEY,
      COINGECKO_RATE_LIMIT: 60_000,
      COINGECKO_MAX_COINS: 1000,
    }),
  serve: ({ pathname, searchParams }) => {
    if (pathname === '/coins/list') return CATALOGUE;
    const page = Number(searchParams.get('page'));
    return pathname === '/coins/markets' ? rows((page - 1) * 250, Math.min(page * 250, 520)) : undefined;
  },
  feeds: ['catalogue', 'markets', 'markets', 'markets'],
  fields: {
    markets: {
      id: 'id',
      symbol: 'symbol',
      name: 'name',
      amounts: ['current_price', 'market_cap', 'total_volume'],
      change: 'price_change_percentage_24h',
      time: 'last_updated',
    },
    catalogue: { id: 'id' },
  },
});

it('reads what a market row says, and null where it says nothing', () => {
  const page = source().open({ feed: 'markets', body: Buffer.from(MARKETS) });
  expect(page.records.map((record) => page.read(record))).toEqual([
    {
      sourceCoinId: 'northcoin',
      symbol: 'NRT',
      name: 'Northcoin',
      price: '1234.5678901234567891',
      marketCap: '24691357802',
      volume24h: '812345678',
      priceChange24h: '-4.76352',
      rank: 1,
      sourceUpdatedAt: new Date('2026-11-20T11:57:41.482Z'),
    },
    {
      sourceCoinId: 'mote',
      symbol: 'MOTE',
      name: 'Mote 🌫',
      price: '0.000000000000417',
      marketCap: null,
      volume24h: '0',
      priceChange24h: null,
      rank: null,
      sourceUpdatedAt: new Date('2026-11-20T11:41:03.004Z'),
    },
    {
      sourceCoinId: 'quietcoin',
      symbol: 'QUI',
      name: 'Quietcoin',
      price: null,
      marketCap: null,
      volume24h: null,
      priceChange24h: null,
      rank: null,
      sourceUpdatedAt: null,
    },
  ]);
});

it('reads the contracts there are, of coins without a symbol too', () => {
  const page = source().open({ feed: 'catalogue', body: Buffer.from(CATALOGUE) });
  expect(page.records.map((record) => page.read(record))).toEqual([
    { sourceCoinId: 'northcoin', contracts: [] },
    {
      sourceCoinId: 'mote',
      contracts: [{ chain: 'ethereum', address: '0xAbCd00000000000000000000000000000000Ef01' }],
    },
    { sourceCoinId: 'nameless', contracts: [] },
  ]);
});

it.each([
  [{}, 'https://api.coingecko.com/api/v3', {}, 5, 10_000],
  [{ COINGECKO_API_KEY: 'k' }, 'https://api.coingecko.com/api/v3', { 'x-cg-demo-api-key': 'k' }, 30, 10_000],
  [
    { COINGECKO_API_KEY: 'k', COINGECKO_PLAN: 'pro' as const },
    'https://pro-api.coingecko.com/api/v3',
    { 'x-cg-pro-api-key': 'k' },
    250,
    100_000,
  ],
  [
    { COINGECKO_BASE_URL: 'http://localhost:1/api/v3', COINGECKO_RATE_LIMIT: 7, COINGECKO_MONTHLY_QUOTA: 8 },
    'http://localhost:1/api/v3',
    {},
    7,
    8,
  ],
])('is reached by its plan: %j', (settings, baseUrl, headers, requestsPerMinute, monthlyQuota) => {
  expect(source(settings).http).toMatchObject({ baseUrl, headers, requestsPerMinute, monthlyQuota });
});

const limited = (code: number): string =>
  `{"status":{"error_code":${code},"error_message":"no\\u0000t now"}}`;

it.each([
  [200, limited(429), SourceRateLimited],
  [200, `{"error":${limited(429)}}`, SourceRateLimited],
  [200, limited(500), SourceUnavailable],
  [200, limited(403), SourceAuthFailed],
  [200, limited(404), SourcePayloadInvalid],
  [400, limited(10010), SourceAuthFailed],
  [401, limited(10002), SourceAuthFailed],
  [400, limited(10011), SourceAuthFailed],
  [401, limited(10005), SourceAuthFailed],
  [401, `{"error":${limited(10012)}}`, SourceAuthFailed],
])('finds in a %d with %s the error it is', (status, body, type) => {
  const error = source().http.errorIn?.(status, Buffer.from(body));
  expect(error).toBeInstanceOf(type);
  expect(error?.message).toMatch(/no t now/);
});

it.each([
  [429, limited(429)],
  [404, '{"error":"coin not found"}'],
  [200, '[]'],
  [200, '{"gecko_says":"(V3) To the Moon!"}'],
  [429, '{"status":{"error_code'],
  [403, '<!DOCTYPE html>'],
])('leaves a %d with %s to its status', (status, body) => {
  expect(source().http.errorIn?.(status, Buffer.from(body))).toBeNull();
});

describe('a pass', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const today: Checkpoint = { cursor: null, memory: { catalogueAt: '2026-11-20T00:00:00Z' } };

  /** A pass over answers by path or page number; an answer that is an error is thrown. */
  async function pass(
    answers: Readonly<Record<string, string | Error>>,
    checkpoint = today,
    settings: Partial<Settings> = {},
  ): Promise<{ pages: FetchedPage[]; warnings: string[]; asked: string[]; error: unknown }> {
    const [pages, warnings, asked]: [FetchedPage[], string[], string[]] = [[], [], []];
    const io: SourceIo = {
      get: async (path, query) => {
        const what = query?.['page'] ?? path;
        if (path === '/coins/markets')
          expect(query).toMatchObject({ vs_currency: 'usd', per_page: '250', precision: 'full' });
        else expect(query).toEqual({ include_platform: 'true' });
        asked.push(what);
        const body = answers[what] ?? new Error(`nobody expected to be asked for ${what}`);
        if (body instanceof Error) throw body;
        return { url: path, status: 200, body: Buffer.from(body), receivedAt: now };
      },
      warn: (message) => void warnings.push(message),
      now: () => now,
      signal: new AbortController().signal,
    };
    try {
      for await (const page of source(settings).pages(checkpoint, io)) pages.push(page);
      return { pages, warnings, asked, error: null };
    } catch (error) {
      return { pages, warnings, asked, error };
    }
  }

  it('asks for no more than the wanted coins, always in pages of one size', async () => {
    const wanted = { COINGECKO_MAX_COINS: 300 };
    const { pages, asked } = await pass({ '1': rows(0, 250), '2': rows(250, 500) }, today, wanted);
    expect(asked).toEqual(['1', '2']);
    const read = pages.flatMap((page) => source(wanted).open(page).records);
    expect(read).toHaveLength(300);
    expect(read.at(-1)).toMatchObject({ id: 'coin-299' });
    // The bytes stay as they came; their feed says how many of them count.
    expect(pages[1]?.body.toString()).toBe(rows(250, 500));
  });

  it('goes on behind a short page that is not the last, and says so', async () => {
    const { pages, asked, warnings, error } = await pass({
      '1': rows(0, 250),
      '2': rows(250, 270),
      '3': rows(500, 750),
      '4': '[]',
      '5': '[]',
    });
    expect(pages.map((page) => page.cursor)).toEqual([{ page: 2 }, { page: 3 }, { page: 4 }]);
    expect([asked, error]).toEqual([['1', '2', '3', '4', '5'], null]);
    expect(warnings).toEqual(['page 2 of the markets had 20 coins of 250, and was not the last']);
  });

  it('is at its end after a short page and an empty one', async () => {
    const { pages, asked, warnings, error } = await pass({
      '1': rows(0, 250),
      '2': rows(250, 499),
      '3': '[]',
    });
    expect([pages.length, asked, warnings, error]).toEqual([2, ['1', '2', '3'], [], null]);
  });

  it('asks for nothing behind the last page it may want, short or not', async () => {
    const { asked, error } = await pass({ '1': rows(0, 250), '2': rows(250, 270) }, today, {
      COINGECKO_MAX_COINS: 500,
    });
    expect([asked, error]).toEqual([['1', '2'], null]);
  });

  it('is at its end after a full page if two more are empty', async () => {
    const { pages, asked, error } = await pass({ '1': rows(0, 250), '2': '[]', '3': '[]' });
    expect([pages.length, asked, error]).toEqual([1, ['1', '2', '3'], null]);
  });

  it('does not take a hole for the end', async () => {
    const { pages, error } = await pass({ '1': rows(0, 250), '2': '[]', '3': rows(500, 750) });
    expect(pages.map((page) => page.cursor)).toEqual([{ page: 2 }]);
    expect(error).toBeInstanceOf(SourcePayloadInvalid);
    expect(String(error)).toContain('page 2 came empty in the middle');
  });

  it('does not take an empty first page for an empty market', async () => {
    expect((await pass({ '1': '[]' })).error).toBeInstanceOf(SourcePayloadInvalid);
  });

  it.each([
    ['2026-11-19T12:00:01Z', ['1']],
    ['2026-11-19T12:00:00Z', ['/coins/list', '1']],
    ['2027-01-01T00:00:00Z', ['/coins/list', '1']],
    ['never', ['/coins/list', '1']],
  ])('asks for the catalogue a day after %s', async (catalogueAt, asked) => {
    const answers = { '/coins/list': CATALOGUE, '1': rows(0, 3) };
    const few = { COINGECKO_MAX_COINS: 250 };
    expect((await pass(answers, { cursor: null, memory: { catalogueAt } }, few)).asked).toEqual(asked);
    expect((await pass(answers, { cursor: { page: 1 }, memory: { catalogueAt } }, few)).asked).toEqual(['1']);
  });

  it.each<[string, string | Error, string | undefined]>([
    ['away', new SourceUnavailable('coingecko: 502'), undefined],
    ['refused', new SourcePayloadInvalid('coingecko: 400'), now.toISOString()],
    ['HTML', '<html></html>', now.toISOString()],
    ['empty', '[]', now.toISOString()],
  ])('has its prices without the catalogue when that is %s', async (_what, answer, remembered) => {
    const { pages, warnings, error } = await pass(
      { '/coins/list': answer, '1': rows(0, 3) },
      { cursor: null, memory: {} },
      { COINGECKO_MAX_COINS: 250 },
    );
    expect(error).toBeNull();
    expect(pages.map((page) => page.feed)).toEqual(['markets']);
    expect(warnings).toEqual([expect.stringMatching(/^no contracts in this pass: coingecko/)]);
    // Asked again in the next pass only if that may help.
    expect(pages[0]?.memory?.['catalogueAt']).toBe(remembered);
  });

  it.each([
    new SourceRateLimited('coingecko: 429', 60),
    new SourceQuotaSpent('coingecko: spent'),
    new SourceAuthFailed('coingecko: 401'),
    new Error('the lease is lost'),
  ])('asks for nothing more after %s', async (failure) => {
    const { asked, warnings, error } = await pass({ '/coins/list': failure }, { cursor: null, memory: {} });
    expect([asked, warnings, error]).toEqual([['/coins/list'], [], failure]);
  });
});
