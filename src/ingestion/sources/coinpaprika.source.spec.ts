import { describeAdapter } from '../../../test/support/adapter-contract.js';
import { fixture } from '../../../test/support/fixture.js';
import { Settings } from '../../config/settings.js';
import type { Checkpoint, FetchedPage, SourceIo } from '../source-adapter.js';
import { SourcePayloadInvalid, SourceQuotaSpent, SourceUnavailable } from '../source-errors.js';
import { CoinPaprikaSource } from './coinpaprika.source.js';

const TICKERS = fixture('coinpaprika-tickers.json');
const CONTRACTS = fixture('coinpaprika-contracts.json');
const PLATFORM_FEEDS = [
  'contracts/eth-ethereum',
  'contracts/bnb-binance-coin',
  'contracts/matic-polygon',
  'contracts/sol-solana',
  'contracts/avax-avalanche',
  'contracts/trx-tron',
];

const source = (settings: Partial<Settings> = {}): CoinPaprikaSource =>
  new CoinPaprikaSource(Object.assign(new Settings(), settings));

describeAdapter({
  name: 'CoinPaprika',
  adapter: (COINPAPRIKA_BASE_URL, COINPAPRIKA_API_KEY) =>
    source({ COINPAPRIKA_BASE_URL, COINPAPRIKA_API_KEY, COINPAPRIKA_RATE_LIMIT: 60_000 }),
  serve: ({ pathname }) =>
    pathname === '/tickers' ? TICKERS : pathname.startsWith('/contracts/') ? CONTRACTS : undefined,
  feeds: [...PLATFORM_FEEDS, 'tickers'],
  fields: {
    tickers: {
      id: 'id',
      symbol: 'symbol',
      name: 'name',
      amounts: ['quotes.USD.price', 'quotes.USD.market_cap', 'quotes.USD.volume_24h'],
      change: 'quotes.USD.percent_change_24h',
      time: 'last_updated',
    },
    'contracts/eth-ethereum': { id: 'id' },
  },
});

it('reads what a ticker says, and null for the zeros that mean unknown', () => {
  const page = source().open({ feed: 'tickers', body: Buffer.from(TICKERS) });
  expect(page.records.map((record) => page.read(record))).toEqual([
    {
      sourceCoinId: 'nrt-northcoin',
      symbol: 'NRT',
      name: 'Northcoin',
      price: '1233.9120456789012345',
      marketCap: '24678240913',
      volume24h: '798765432.10987',
      priceChange24h: '-4.71',
      rank: 1,
      sourceUpdatedAt: new Date('2026-11-20T11:56:04Z'),
    },
    {
      sourceCoinId: 'spck-speck',
      symbol: 'SPCK',
      name: 'Speck',
      price: '0.0000000000000000038',
      marketCap: null,
      volume24h: '0',
      priceChange24h: '0',
      rank: null,
      sourceUpdatedAt: new Date('2026-11-20T11:39:00Z'),
    },
  ]);
});

it.each([
  ['quotes', {}],
  ['quotes.USD', { quotes: { EUR: { price: 1 } } }],
  ['price', { quotes: { USD: { last_price: 1 } } }],
])('refuses a ticker without %s: no price is not an unknown price', (field, moved) => {
  const page = source().open({ feed: 'tickers', body: Buffer.from(TICKERS) });
  const record = { id: 'nrt-northcoin', symbol: 'NRT', name: 'Northcoin', ...moved };
  expect(() => page.read(record)).toThrow(expect.objectContaining({ reason: 'missing_field' }) as Error);
  expect(() => page.read(record)).toThrow(field.replace('quotes.', ''));
});

it.each([
  ['eth-ethereum', 'ethereum'],
  ['bnb-binance-coin', 'binance-coin'],
  ['trx-tron', 'tron'],
  ['base', 'base'],
])('calls the platform %s the chain %s, without the symbol of its coin', (platform, chain) => {
  const page = source().open({ feed: `contracts/${platform}`, body: Buffer.from(CONTRACTS) });
  expect(page.read(page.records[0])).toMatchObject({ contracts: [{ chain }] });
});

it('reads the active contracts, with the platform as their chain', () => {
  const page = source().open({ feed: 'contracts/eth-ethereum', body: Buffer.from(CONTRACTS) });
  const chain = 'ethereum';
  expect(page.records.map((record) => page.read(record))).toEqual([
    {
      sourceCoinId: 'mote-mote',
      contracts: [{ chain, address: '0xAbCd00000000000000000000000000000000Ef01' }],
    },
    { sourceCoinId: 'mote-mote', contracts: [] },
    {
      sourceCoinId: 'spck-speck',
      contracts: [{ chain, address: '0xabcd00000000000000000000000000000000ef04' }],
    },
  ]);
});

it.each([
  [{}, 'https://api.coinpaprika.com/v1', {}],
  [{ COINPAPRIKA_API_KEY: 'k' }, 'https://api-pro.coinpaprika.com/v1', { Authorization: 'k' }],
  [{ COINPAPRIKA_API_KEY: 'k', COINPAPRIKA_PLAN: 'free' as const }, 'https://api.coinpaprika.com/v1', {}],
  [{ COINPAPRIKA_BASE_URL: 'http://localhost:1/v1' }, 'http://localhost:1/v1', {}],
])('is reached by its plan: %j', (settings, baseUrl, headers) => {
  expect(source(settings).http).toMatchObject({
    baseUrl,
    headers,
    requestsPerMinute: 300,
    monthlyQuota: 20_000,
  });
  expect(source(settings).http.headers).toEqual(headers);
});

it('tells a plan too small from a plan used up', () => {
  const errorIn = source().http.errorIn;
  expect(
    errorIn?.(402, Buffer.from('{"error":"This is not allowed in this plan. Check plans"}')),
  ).toBeInstanceOf(SourcePayloadInvalid);
  expect(errorIn?.(402, Buffer.from('{"error":"monthly limit exceeded"}'))).toBeNull();
  expect(errorIn?.(200, Buffer.from('[{"name":"not allowed in this plan"}]'))).toBeNull();
});

describe('a pass', () => {
  const now = new Date('2026-11-20T12:00:00Z');

  async function pass(
    answers: (path: string) => string | Error,
    checkpoint: Checkpoint = { cursor: null, memory: {} },
    settings: Partial<Settings> = {},
  ): Promise<{ pages: FetchedPage[]; warnings: string[]; asked: string[]; error: unknown }> {
    const [pages, warnings, asked]: [FetchedPage[], string[], string[]] = [[], [], []];
    const io: SourceIo = {
      get: async (path, query) => {
        asked.push(`${path}?${new URLSearchParams({ ...query }).toString()}`);
        const body = answers(path);
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
  const good = (path: string): string => (path === '/tickers' ? TICKERS : CONTRACTS);

  it('asks for contracts once a day, a platform at a time', async () => {
    const memory = (await pass(good)).pages.at(-1)?.memory ?? {};
    expect(Object.keys(memory['asked'] ?? {})).toHaveLength(PLATFORM_FEEDS.length);
    expect((await pass(good, { cursor: null, memory })).asked).toEqual(['/tickers?quotes=USD']);
    const due = { asked: { ...Object(memory['asked']), 'sol-solana': '2026-11-19T11:00:00Z' } };
    expect((await pass(good, { cursor: null, memory: due })).asked).toEqual([
      '/contracts/sol-solana?',
      '/tickers?quotes=USD',
    ]);
  });

  it('reads no more coins than wanted, the best ranked, of the answer as it came', async () => {
    const [row] = JSON.parse(TICKERS) as object[];
    const ranks = [0, 3, 1, null, 2, 5];
    const answer = JSON.stringify(ranks.map((rank) => ({ ...row, id: `coin-${rank}`, rank })));
    const three = { COINPAPRIKA_MAX_COINS: 3 };
    const tickers = (path: string): string => (path === '/tickers' ? answer : CONTRACTS);
    const { pages, asked } = await pass(tickers, undefined, three);
    expect(asked.at(-1)).toBe('/tickers?quotes=USD');
    const page = pages.at(-1);
    if (!page) throw new Error('no page');
    expect(page.feed).toBe('tickers/first-3');
    expect(page.body.toString()).toBe(answer);
    // Whatever the setting is by then: a stored page says itself how much of it counts.
    expect(source().open(page).records).toEqual(
      [3, 1, 2].map((rank) => expect.objectContaining({ id: `coin-${rank}` }) as unknown),
    );
    const { pages: all } = await pass(tickers, undefined, { COINPAPRIKA_MAX_COINS: 42 });
    expect(all.at(-1)?.feed).toBe('tickers');
  });

  it.each<[string, string | Error]>([
    ['unknown', new SourcePayloadInvalid('coinpaprika: 404')],
    ['HTML', '<html></html>'],
  ])('has its prices without a platform that is %s, and asks again tomorrow', async (_what, answer) => {
    const { pages, warnings, error } = await pass((path) =>
      path === '/contracts/sol-solana' ? answer : good(path),
    );
    expect(error).toBeNull();
    expect(pages.map((page) => page.feed)).toEqual(
      [...PLATFORM_FEEDS, 'tickers'].filter((feed) => feed !== 'contracts/sol-solana'),
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^no contracts on sol-solana in this pass: coinpaprika/),
    ]);
    expect(pages.at(-1)?.memory?.['asked']).toHaveProperty('sol-solana');
  });

  it('has its prices when contracts are away, and asks for those again in the next pass', async () => {
    const away = new SourceUnavailable('coinpaprika: 502');
    const { pages, warnings, asked } = await pass((path) =>
      path === '/contracts/bnb-binance-coin' ? away : good(path),
    );
    expect(asked).toEqual([
      '/contracts/eth-ethereum?',
      '/contracts/bnb-binance-coin?',
      '/tickers?quotes=USD',
    ]);
    expect(warnings).toHaveLength(1);
    expect(Object.keys(pages.at(-1)?.memory?.['asked'] ?? {})).toEqual(['eth-ethereum']);
  });

  it('asks for nothing more once its quota is spent', async () => {
    const spent = new SourceQuotaSpent('coinpaprika: spent');
    const { asked, error } = await pass(() => spent);
    expect([asked, error]).toEqual([['/contracts/eth-ethereum?'], spent]);
  });
});
