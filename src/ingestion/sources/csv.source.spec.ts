import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeAdapter } from '../../../test/support/adapter-contract.js';
import { Settings } from '../../config/settings.js';
import type { Checkpoint, FetchedPage, ListingRecord } from '../source-adapter.js';
import { SourcePayloadInvalid, SourceUnavailable } from '../source-errors.js';
import { CsvSource } from './csv.source.js';

const HEADER = 'id,symbol,name,price_usd,last_updated';
const GOOD = `${HEADER}\nnorth,NRT,North Coin,1233.5,2026-11-01T00:00:00Z\n`;
const START: Checkpoint = { cursor: null, memory: {} };
const NOW = new Date('2026-11-20T12:00:00Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-source-'));
});
afterEach(() => rm(folder, { recursive: true }));

const source = (path = folder): CsvSource => new CsvSource(Object.assign(new Settings(), { CSV_PATH: path }));
const put = (name: string, content: string | Buffer): Promise<void> => writeFile(join(folder, name), content);
const manyRows = (count: number): string =>
  `${HEADER}\n${Array.from({ length: count }, (_, i) => `coin-${i},C${i},"Coin\n${i}",${i}.5,2026-11-01\n`).join('')}`;

interface Pass {
  readonly pages: FetchedPage[];
  readonly warnings: string[];
}

const pass = async (
  checkpoint: Checkpoint = START,
  { path = folder, onPage }: { path?: string; onPage?: (page: FetchedPage) => Promise<unknown> } = {},
): Promise<Pass> => {
  const pages: FetchedPage[] = [];
  const warnings: string[] = [];
  const io = {
    get: () => Promise.reject(new Error('CSV has no HTTP')),
    warn: (text: string) => void warnings.push(text),
    now: () => NOW,
    signal: new AbortController().signal,
  };
  for await (const page of source(path).pages(checkpoint, io)) {
    pages.push(page);
    await onPage?.(page);
  }
  return { pages, warnings };
};
const listings = (pages: readonly FetchedPage[]): ListingRecord[] =>
  pages.flatMap((page) => {
    const reader = source().open(page);
    return reader.kind === 'listings' ? reader.records.map((record) => reader.read(record)) : [];
  });
const ids = (pages: readonly FetchedPage[]): string[] =>
  listings(pages).map(({ sourceCoinId }) => sourceCoinId);

describe('on a folder of its own', () => {
  let own: string;
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'csv-contract-'));
    await writeFile(join(own, 'a.csv'), manyRows(2500));
    await writeFile(join(own, 'b.csv'), GOOD);
  });
  afterAll(() => rm(own, { recursive: true }));

  describeAdapter({
    name: 'CSV',
    adapter: () => source(own),
    feeds: ['a.csv', 'a.csv', 'a.csv', 'b.csv'],
    fields: { 'b.csv': { id: 'id', symbol: 'symbol', name: 'name', time: 'last_updated' } },
  });
});

it('cuts a file into pages of a thousand rows that read alone and miss none', async () => {
  await put('coins.csv', `\ufeff${manyRows(2500)}`);
  const { pages } = await pass();
  expect(pages.map(({ url, status, fetchedAt }) => ({ url, status, fetchedAt }))).toEqual(
    ['1-1000', '1001-2000', '2001-2500'].map((rows) => ({
      url: `file:coins.csv#rows=${rows}`,
      status: null,
      fetchedAt: NOW,
    })),
  );
  expect(pages[1]?.body.toString()).toMatch(/^id,symbol.*\ncoin-1000,C1000,"Coin\n1000",1000.5,2026-11-01\n/);
  expect(pages.map(({ memory }) => memory === undefined)).toEqual([true, true, false]);
  expect(ids(pages)).toEqual(Array.from({ length: 2500 }, (_, i) => `coin-${i}`));
});

it('reads an unchanged file once, a changed one again, and forgets one that is gone', async () => {
  await put('a.csv', GOOD);
  await put('b.csv', GOOD);
  const memory = (await pass()).pages.at(-1)?.memory ?? {};
  expect(Object.keys(memory['files'] as object)).toEqual(['a.csv', 'b.csv']);
  expect(await pass({ cursor: null, memory })).toEqual({ pages: [], warnings: [] });

  await rm(join(folder, 'a.csv'));
  await appendFile(join(folder, 'b.csv'), 'spark,SPK,Spark,2,\n');
  const { pages } = await pass({ cursor: null, memory });
  expect(ids(pages)).toEqual(['north', 'spark']);
  expect(Object.keys(pages[0]?.memory?.['files'] as object)).toEqual(['b.csv']);
});

it('starts a file again whose content is not the cursor’s any more', async () => {
  await put('coins.csv', manyRows(2500));
  const { pages } = await pass();
  const checkpoint: Checkpoint = { cursor: pages[1]?.cursor ?? null, memory: {} };
  expect(ids((await pass(checkpoint)).pages)).toHaveLength(500);
  await put('coins.csv', manyRows(1200));
  expect(ids((await pass(checkpoint)).pages)).toHaveLength(1200);
});

it('ends the file it was stopped in before it begins another', async () => {
  await put('b.csv', manyRows(2500));
  const cursor = (await pass()).pages[0]?.cursor ?? null;
  await put('a.csv', GOOD);
  const { pages } = await pass({ cursor, memory: {} });
  expect(pages.map(({ url }) => url)).toEqual([
    'file:b.csv#rows=1001-2000',
    'file:b.csv#rows=2001-2500',
    'file:a.csv#rows=1-1',
  ]);
});

it('starts a file again that changes while it is read', async () => {
  await put('coins.csv', manyRows(2500));
  let changed = false;
  const { pages, warnings } = await pass(START, {
    onPage: async () => {
      if (!changed) await put('coins.csv', manyRows(1200));
      changed = true;
    },
  });
  expect(warnings).toEqual(['coins.csv changed while it was read and is begun again']);
  expect(ids(pages.slice(-2))).toEqual(Array.from({ length: 1200 }, (_, i) => `coin-${i}`));
});

it('leaves a file alone that never stops changing', async () => {
  await put('coins.csv', manyRows(2500));
  const endless = pass(START, { onPage: () => appendFile(join(folder, 'coins.csv'), 'x,X,X,1,\n') });
  await expect(endless).rejects.toThrow('is being written to');
});

it('reads only *.csv of the folder itself', async () => {
  await put('coins.CSV', GOOD);
  await put('coins.txt', GOOD);
  await put('._coins.csv', 'x');
  await mkdir(join(folder, 'old.csv'));
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'sub', 'more.csv'), GOOD);
  const { pages, warnings } = await pass();
  expect(pages.map(({ feed }) => feed)).toEqual(['coins.CSV']);
  expect(warnings).toEqual([]);
});

it('reads one file by its path, whatever it is called', async () => {
  await put('prices', GOOD);
  expect((await pass(START, { path: join(folder, 'prices') })).pages.map(({ feed }) => feed)).toEqual([
    'prices',
  ]);
});

it.each<[string, string | Buffer, RegExp]>([
  ['empty', '\n\n', /is empty/],
  ['only a header', `${HEADER}\n`, /nothing below/],
  ['without a price', 'symbol,name\nA,Alpha\n', /no header row .*"symbol, name"/],
  ['with a price in another currency', 'symbol,price_eur\nA,1\n', /no header row/],
  ['without a header', 'bitcoin,BTC,95000\nethereum,ETH,3400\n', /no header row/],
  ['of UTF-16 and too large', Buffer.from(`\ufeff${GOOD}`.padEnd(9_000_000), 'utf16le'), /UTF-16 .* 16 MB/],
  ['of UTF-16 without a mark', Buffer.from(GOOD, 'utf16le'), /UTF-16/],
  ['a spreadsheet', Buffer.from('504b030414000600', 'hex'), /spreadsheet/],
  ['binary', Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 7919) % 251)), /binary/],
  ['with one name less than cells', 'symbol,price\n1,A,2\n2,B,3\n', /which name is missing/],
])('goes on after a file that is %s, and says so', async (_what, content, message) => {
  await put('a.csv', content);
  await put('b.csv', GOOD);
  const { pages, warnings } = await pass();
  expect(ids(pages)).toEqual(['north']);
  expect(warnings).toEqual([expect.stringMatching(message)]);
  expect(warnings[0]).toMatch(/^a\.csv /);

  await rm(join(folder, 'b.csv'));
  await expect(pass()).rejects.toThrow(SourcePayloadInvalid);
});

it('names the setting when there is nothing at its path, and not the path', async () => {
  const missing = pass(START, { path: join(folder, 'nothing') });
  await expect(missing).rejects.toThrow(SourceUnavailable);
  await expect(missing).rejects.toThrow(/^CSV_PATH (?!.*csv-source-)/);
  await expect(pass()).rejects.toThrow('CSV_PATH is a folder without a *.csv file');
});

it.each([
  ['little', (text: string) => Buffer.from(text, 'utf16le')],
  ['big', (text: string) => Buffer.from(text, 'utf16le').swap16()],
])('reads UTF-16 with a mark, %s end first, in as many pages as it takes', async (_what, encoded) => {
  await put('coins.csv', encoded(`\ufeff${manyRows(1200).replaceAll('Coin', 'Münze')}`));
  const { pages, warnings } = await pass();
  expect(warnings).toEqual([]);
  expect(pages).toHaveLength(2);
  expect(listings(pages).at(-1)).toMatchObject({ sourceCoinId: 'coin-1199', name: 'Münze 1199' });
  expect(ids((await pass({ cursor: pages[0]?.cursor ?? null, memory: {} })).pages)).toHaveLength(200);
});

it.each([
  ['a pipe', (path: string) => void execFileSync('mkfifo', [path]), /is not a regular file/],
  ['a device', (path: string) => symlink('/dev/zero', path), /is not a regular file/],
  ['a file of /proc', (path: string) => symlink('/proc/self/pagemap', path), /is empty/],
])('goes on after %s, whose end would never come', async (_what, make, message) => {
  await make(join(folder, 'a.csv'));
  await put('b.csv', GOOD);
  const { pages, warnings } = await pass();
  expect(ids(pages)).toEqual(['north']);
  expect(warnings).toEqual([expect.stringMatching(message)]);
  await expect(pass(START, { path: join(folder, 'a.csv') })).rejects.toThrow(SourcePayloadInvalid);
});

it('reads a file once of which no row can be read, and goes on saying so', async () => {
  const bad = `${HEADER}\n${'north,NRT,North Coin,-1,\nsouth,STH,South,1,2999-01-01\n'.repeat(600)}`;
  const message = 'a.csv has no row that can be read; see /quarantine';
  await put('a.csv', bad);
  await put('b.csv', GOOD);
  const { pages, warnings } = await pass();
  expect(pages.map(({ feed }) => feed)).toEqual(['a.csv', 'a.csv', 'b.csv']);
  expect(warnings).toEqual([`${message} (such as: price_usd is negative: -1)`]);
  const { cursor, memory = {} } = pages.at(-1) ?? { cursor: null };
  for (const checkpoint of [
    { cursor: null, memory },
    { cursor, memory },
  ])
    expect(await pass(checkpoint)).toEqual({ pages: [], warnings: [message] });
  // The rows that could be read may stand before the place where it was stopped.
  await put('c.csv', `${GOOD}${'north,NRT,North Coin,-1,\n'.repeat(1200)}`);
  const first = (await pass({ cursor: null, memory })).pages[0];
  expect((await pass({ cursor: first?.cursor ?? null, memory })).warnings).toEqual([message]);
  await put('a.csv', GOOD);
  expect((await pass({ cursor: null, memory })).warnings).toEqual([]);
});

it('fails as long as there is nothing but a file of which no row can be read', async () => {
  await put('a.csv', `${HEADER}\nnorth,NRT,North Coin,-1,\n`);
  const pages: FetchedPage[] = [];
  const first = pass(START, { onPage: async (page) => pages.push(page) });
  await expect(first).rejects.toThrow(/a\.csv has no row that can be read/);
  expect(pages).toHaveLength(1);
  const { cursor, memory = {} } = pages[0] ?? { cursor: null };
  const again = pass({ cursor, memory }, { onPage: async (page) => pages.push(page) });
  await expect(again).rejects.toThrow(/a\.csv has no row that can be read/);
  expect(pages).toHaveLength(1);
});

it('reads a header below a title', async () => {
  await put('coins.csv', `sep=,\nTop coins\n\n${GOOD}`);
  const { pages } = await pass();
  expect(pages[0]?.body.toString()).toBe(GOOD);
  expect(ids(pages)).toEqual(['north']);
});

it('leaves out a line of megabytes and reads the rows around it', async () => {
  await put('coins.csv', `${GOOD}${'x'.repeat(3_000_000)}\nspark,SPK,Spark,2,\n`);
  const { pages, warnings } = await pass();
  expect(ids(pages)).toEqual(['north', 'spark']);
  expect(warnings).toEqual(['coins.csv: row 2 is longer than any row can be and is left out']);
});

it('loses one row to a quote that is never closed, in a file of many pages', async () => {
  await put(
    'coins.csv',
    `${GOOD}"spark,SPK,Spark,2,\n${manyRows(5000)
      .slice(HEADER.length + 1)
      .replaceAll('"', '')}`,
  );
  const { pages } = await pass();
  const records = pages.flatMap((page) => source().open(page).records);
  expect(records.filter((record) => typeof record === 'string')).toContain('"spark,SPK,Spark,2,');
});

it('says once a file which dates count as none', async () => {
  await put('a.csv', `${HEADER}\n${'a,A,Alpha,1,05/11/2026\n'.repeat(1200)}b,B,Beta,1,05/05/2026\n`);
  await put('b.csv', `${HEADER}\nb,B,Beta,1,10/31/2026\nc,C,Gamma,1,11/05/2026\n`);
  expect((await pass()).warnings).toEqual([
    "a.csv: whether last_updated has its day or its month first can't be told in 1200 rows, " +
      'such as 05/11/2026; they count as undated. Write 2026-11-05',
  ]);
});

it('reads the sample that comes with Mintmark', async () => {
  const { pages, warnings } = await pass(START, { path: join(process.cwd(), 'data', 'coins.csv') });
  expect(warnings).toEqual([]);
  const coins = listings(pages);
  expect(coins.find(({ sourceCoinId }) => sourceCoinId === 'bitcoin')).toMatchObject({
    symbol: 'BTC',
    rank: 1,
  });
  expect(new Set(ids(pages)).size).toBe(coins.length);
  expect(coins.filter(({ price, sourceUpdatedAt }) => price === null || sourceUpdatedAt === null)).toEqual(
    [],
  );
});
