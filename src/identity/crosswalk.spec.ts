import { readFileSync } from 'node:fs';
import { CrosswalkUnusable, readCrosswalk } from './crosswalk.js';

const HEADER = 'coin_id,source,source_coin_id';
const read = (...lines: string[]): ReturnType<typeof readCrosswalk> => readCrosswalk(lines.join('\n'));

it('reads which coin a listing is, in whatever order the columns are', () => {
  const entries = [
    { coinId: 'bitcoin', source: 'coinpaprika', sourceCoinId: 'btc-bitcoin', line: 2 },
    { coinId: 'bitcoin', source: 'csv', sourceCoinId: 'Bitcoin, the first', line: 3 },
  ];
  expect(read(HEADER, 'bitcoin,coinpaprika,btc-bitcoin', 'bitcoin , csv,"Bitcoin, the first"')).toEqual({
    entries,
    problems: [],
  });
  expect(
    read(
      '\ufeffsource,source_coin_id,coin_id\r',
      'coinpaprika,btc-bitcoin,bitcoin\r',
      'csv,"Bitcoin, the first",bitcoin',
    ),
  ).toEqual({ entries, problems: [] });
});

it.each([
  [',coingecko,bitcoin', 'coin_id is empty'],
  ['bitcoin,,bitcoin', 'source is empty'],
  ['bitcoin,coingecko, ', 'source_coin_id is empty'],
  ['Bitcoin,coingecko,bitcoin', 'coin_id "Bitcoin" is no slug'],
  ['bit--coin,coingecko,bitcoin', 'coin_id "bit--coin" is no slug'],
  [`${'x'.repeat(101)},coingecko,bitcoin`, 'is no slug'],
  ['bitcoin,Coin Gecko,bitcoin', 'source "Coin Gecko" is no source\'s name'],
  ['bitcoin,coingecko', '2 cells for 3 columns'],
  ['bitcoin,coingecko,bitcoin,more', '4 cells for 3 columns'],
])('leaves out %p and says where', (line, message) => {
  const { entries, problems } = read(HEADER, 'tether,csv,tether', '', line, 'dai,csv,dai');
  expect(entries.map(({ coinId }) => coinId)).toEqual(['tether', 'dai']);
  expect(problems).toEqual([{ line: 4, message: expect.stringContaining(message) as string }]);
});

it('believes none of the lines that make one listing two coins', () => {
  const { entries, problems } = read(HEADER, 'dai,csv,dai', 'sai,csv,dai', 'maker,csv,maker', 'dai,csv,dai');
  expect(entries).toEqual([{ coinId: 'maker', source: 'csv', sourceCoinId: 'maker', line: 4 }]);
  expect(problems.map(({ line }) => line)).toEqual([2, 3, 5]);
  expect(problems[1]?.message).toBe('csv dai is sai here and another coin on another line');
});

it('reports a repeated line and keeps one', () => {
  const { entries, problems } = read(HEADER, 'dai,csv,dai', 'dai,csv,dai');
  expect(entries).toHaveLength(1);
  expect(problems).toEqual([{ line: 3, message: 'csv dai stands on line 2 already' }]);
});

it('believes none of the lines that give a coin two listings of a source, unless that is meant', () => {
  const lines = ['dai,csv,dai', 'dai,csv,sai', 'dai,coingecko,dai', 'maker,csv,maker'];
  const { entries, problems } = read(HEADER, ...lines);
  expect(entries.map(({ source, sourceCoinId }) => [source, sourceCoinId])).toEqual([
    ['coingecko', 'dai'],
    ['csv', 'maker'],
  ]);
  expect(problems.map(({ line }) => line)).toEqual([2, 3]);
  expect(problems[0]?.message).toContain('dai is csv dai here and another of its listings on line 3');

  const meant = ['dai,csv,dai,', 'dai,csv,sai,yes', 'dai,csv,old dai,yes'];
  expect(read(`${HEADER},also`, ...meant)).toMatchObject({ entries: { length: 3 }, problems: [] });
  expect(read(`${HEADER},also`, 'dai,csv,dai,perhaps').problems).toEqual([
    { line: 2, message: 'also is "perhaps": it can be yes or empty' },
  ]);
});

it('reports columns it does not know, and reads the others', () => {
  const { entries, problems } = read(`${HEADER},note`, 'dai,csv,dai,stable');
  expect(entries).toHaveLength(1);
  expect(problems).toEqual([{ line: 1, message: 'unknown column "note"' }]);
});

it.each([
  [
    ['coin,source,source_coin_id', 'dai,csv,dai'],
    /line 1 on: unknown column "coin", column coin_id is missing/,
  ],
  [[`${HEADER},source`, 'dai,csv,dai,x'], /line 1 on: column source is there twice/],
  [[''], /line 1 on: the header is missing/],
  [[HEADER, 'dai,csv,dai', 'sai,csv,"sai', 'maker,csv,maker'], /line 3 on: not CSV \(CSV_QUOTE_NOT_CLOSED\)/],
] as const)('refuses what would pass for nothing at all: %j', (lines, message) => {
  expect(() => read(...lines)).toThrow(CrosswalkUnusable);
  expect(() => read(...lines)).toThrow(message);
});

it('takes a header alone for a file that says nothing', () => {
  expect(read(HEADER)).toEqual({ entries: [], problems: [] });
});

it('has no problem with the crosswalk of the project, and names each coin in both catalogues', () => {
  const { entries, problems } = readCrosswalk(readFileSync('data/identity/crosswalk.csv', 'utf8'));
  expect(problems).toEqual([]);
  const coins = new Set(entries.map(({ coinId }) => coinId));
  expect(coins.size).toBeGreaterThanOrEqual(40);
  expect(entries).toHaveLength(coins.size * 2);
});
