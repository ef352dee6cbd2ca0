import { request } from 'node:http';
import { Settings } from '../config/settings.js';
import type { SourceIo } from '../ingestion/source-adapter.js';
import { CoinGeckoSource } from '../ingestion/sources/coingecko.source.js';
import { CoinPaprikaSource } from '../ingestion/sources/coinpaprika.source.js';
import { startStandIns } from './stand-ins.js';
import type { StandIns } from './stand-ins.js';

// Not a fixed time: the adapters refuse records from the future, by the machine's clock.
let now = new Date(Date.now() - 3_600_000);
let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns(() => now);
});
afterAll(() => standIns.close());

type Row = Readonly<Record<string, unknown>>;

async function rows(url: string): Promise<Row[]> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return (await response.json()) as Row[];
}

const markets = (query: string): Promise<Row[]> =>
  rows(`${standIns.coinGeckoUrl}/coins/markets?vs_currency=usd&${query}`);
const tickers = (query = ''): Promise<Row[]> => rows(`${standIns.coinPaprikaUrl}/tickers?quotes=USD${query}`);
const ids = (list: readonly Row[]): unknown[] => list.map((row) => row['id']);

it('pages as CoinGecko does: 100 if not asked, 250 at most, then nothing', async () => {
  const [first, second, third] = [
    await markets('per_page=999'),
    await markets('per_page=250&page=2'),
    await markets('per_page=250&page=3'),
  ];
  expect(first).toHaveLength(250);
  expect(second.length).toBeGreaterThan(0);
  expect(second.length).toBeLessThan(250);
  expect(third).toEqual([]);
  expect(new Set(ids([...first, ...second])).size).toBe(250 + second.length);
  expect(ids(await markets(''))).toEqual(ids(first.slice(0, 100)));
  expect(first[0]).toMatchObject({ id: 'bitcoin', symbol: 'btc', market_cap_rank: 1 });
});

it.each([
  ['coinGeckoUrl', '/coins/markets', 422, 'Missing parameter vs_currency'],
  ['coinGeckoUrl', '/coins/markets?vs_currency=xyz', 400, 'invalid vs_currency'],
  ['coinGeckoUrl', '/coins/markets?vs_currency=usd&page=0', 422, 'page'],
  ['coinGeckoUrl', '/nowhere', 404, 'error_code'],
  ['coinPaprikaUrl', '/tickers?quotes=XYZ', 400, 'Invalid parameters'],
  ['coinPaprikaUrl', '/tickers?limit=none', 400, 'Invalid parameters'],
  ['coinPaprikaUrl', '/contracts/no-platform', 404, 'id not found'],
  ['coinPaprikaUrl', '/nowhere', 404, 'not found'],
] as const)('%s%s is refused with %d', async (api, path, status, words) => {
  const response = await fetch(standIns[api] + path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/json/);
  expect(await response.text()).toContain(words);
});

it('answers CoinPaprika’s trailing slash with a redirect in HTML', async () => {
  const response = await fetch(`${standIns.coinPaprikaUrl}/tickers/`, { redirect: 'manual' });
  expect(response.status).toBe(301);
  expect(response.headers.get('content-type')).toMatch(/html/);
});

it('refuses CoinGecko’s answers to who doesn’t say who asks', async () => {
  const status = await new Promise((resolve, reject) => {
    // Node's own client, unlike fetch, names itself only if told to.
    request(`${standIns.coinGeckoUrl}/ping`, (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

it('moves its prices with time, and is the same at the same time', async () => {
  const before = await tickers();
  expect(await tickers()).toEqual(before);
  now = new Date(now.getTime() + 7 * 60_000);
  const after = await tickers();
  expect(ids(after)).toEqual(ids(before));
  expect(after).not.toEqual(before);
  expect(Date.parse(String(after[0]?.['last_updated']))).toBeGreaterThan(now.getTime() - 5 * 60_000);
  expect(ids(await tickers('&limit=10'))).toEqual(ids(after).slice(0, 10));
});

it('has coins of either catalogue alone, of both, and contracts in the catalogues’ own words', async () => {
  const list = await rows(`${standIns.coinGeckoUrl}/coins/list?include_platform=true`);
  const platforms = (await (await fetch(`${standIns.coinPaprikaUrl}/contracts`)).json()) as string[];
  const ethereum = await rows(`${standIns.coinPaprikaUrl}/contracts/eth-ethereum`);
  expect(platforms).toEqual(expect.arrayContaining(['eth-ethereum', 'bnb-binance-coin']));
  const tether = list.find((row) => row['id'] === 'tether')?.['platforms'] as Row;
  expect(ethereum.find((row) => row['id'] === 'usdt-tether')?.['address']).toBe(tether['ethereum']);
  expect(ids(await tickers())).toEqual(expect.arrayContaining(['btc-bitcoin', 'dust-stardust']));
  expect(ids(list)).toEqual(expect.arrayContaining(['bitcoin', 'untraded', 'pepe-the-second']));
  const addresses = list.flatMap((row) => Object.values(row['platforms'] as Record<string, string>));
  expect(addresses.length).toBeGreaterThan(100);
  expect(
    addresses.filter((address) => !/^(0x[0-9a-f]{40}|[1-9A-HJ-NP-Za-km-z]{32,44})$/.test(address)),
  ).toEqual([]);
  expect(await rows(`${standIns.coinGeckoUrl}/coins/list`)).not.toContainEqual(
    expect.objectContaining({ platforms: expect.anything() }),
  );
});

it('is read by the adapters to its last record, with nothing to warn of', async () => {
  const settings = Object.assign(new Settings(), {
    COINGECKO_BASE_URL: standIns.coinGeckoUrl,
    COINPAPRIKA_BASE_URL: standIns.coinPaprikaUrl,
  });
  for (const adapter of [new CoinGeckoSource(settings), new CoinPaprikaSource(settings)]) {
    const warnings: string[] = [];
    const io: SourceIo = {
      get: async (path, query) => {
        const url = `${adapter.http.baseUrl}${path}?${new URLSearchParams({ ...query }).toString()}`;
        const response = await fetch(url);
        const body = Buffer.from(await response.arrayBuffer());
        return { url, status: response.status, body, receivedAt: now };
      },
      warn: (message) => void warnings.push(message),
      now: () => now,
      signal: new AbortController().signal,
    };
    const listed = new Set<string>();
    for await (const page of adapter.pages({ cursor: null, memory: {} }, io)) {
      const reader = adapter.open(page);
      for (const record of reader.records) listed.add(reader.read(record).sourceCoinId);
    }
    expect(warnings).toEqual([]);
    expect(listed.size).toBeGreaterThan(300);
  }
});
