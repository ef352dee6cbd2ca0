import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coinGeckoRow, Market, minutesAgo } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

/** Rows that meet nobody: with so many a pass asks at its end which listings are worth another look. */
const MANY = 5_001;
const LONG = 'Long '.repeat(19).trim();
/** As much of it as there is room for before a symbol of seven letters. */
const SHORTENED = LONG.slice(0, -2);
const inId = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

/** One page after the other, the better known second: what they are called must not go by that. */
const FIRST = [
  { id: 'foo-2', symbol: 'fw', name: 'Bens Foo', market_cap_rank: 8002 },
  { id: 'cafe-2', symbol: 'cw', name: 'Cafe', market_cap_rank: 8012 },
  { id: 'dog-2', symbol: 'dw', name: "Ben's Dog", market_cap_rank: 8022 },
  { id: 'monster-2', symbol: 'mw', name: 'Pokémon', market_cap_rank: 8032 },
  { id: 'baby-2', symbol: 'doge', name: 'Baby', market_cap_rank: 8042 },
  { id: 'baby-3', symbol: 'bd', name: 'Baby Doge', market_cap_rank: 8043 },
  { id: 'baby-4', symbol: 'x', name: 'Baby Doge BD', market_cap_rank: 8044 },
  { id: 'long-2', symbol: 'longest', name: LONG, market_cap_rank: 8052 },
  { id: 'long-3', symbol: 'lt', name: `${SHORTENED} Longest`, market_cap_rank: 8053 },
  { id: 'sign-2', symbol: 'sgn', name: '币', market_cap_rank: 8062 },
] as const;
const SECOND = [
  { id: 'foo-1', symbol: 'fb', name: "Ben's Foo", market_cap_rank: 8001 },
  { id: 'cafe-1', symbol: 'cb', name: 'Café', market_cap_rank: 8011 },
  { id: 'dog-1', symbol: 'db', name: "Ben's Dog", market_cap_rank: 8021 },
  { id: 'monster-1', symbol: 'mb', name: 'Pokémon', market_cap_rank: 8031 },
  { id: 'baby-1', symbol: 'bby', name: 'Baby', market_cap_rank: 8041 },
  { id: 'long-1', symbol: 'lng', name: LONG, market_cap_rank: 8051 },
  { id: 'sign-1', symbol: 'sgx', name: 'Sgn', market_cap_rank: 8061 },
] as const;

describe.each([0, MANY])('coins that want the same names, beside %d others', (others) => {
  let folder: string;
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    const rows = Array.from({ length: others + 1 }, (_, at) => `O${at},Other ${at},1\n`);
    await writeFile(join(folder, 'coins.csv'), `symbol,name,price_usd\n${rows.join('')}`);
    market = await Market.open();
    const at = minutesAgo(5);
    const page = [...FIRST, ...Array.from({ length: 250 - FIRST.length }, () => ({})), ...SECOND];
    market.coinGecko = page.map((row, index) => ({ ...coinGeckoRow(index + 1, at), ...row }));
    const environment = { ...market.environment, SOURCES: 'coingecko,csv', CSV_PATH: folder };
    service = await startService({ environment });
    for (const source of ['coingecko', 'csv'])
      expect(await service.run(source)).toMatchObject({ status: 'success' });
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['two spellings of one name', 'foo', ['bens-foo', 'bens-foo-fw']],
    ['one with an accent and one without', 'cafe', ['cafe', 'cafe-cw']],
    ['one name with an apostrophe', 'dog', ['bens-dog', 'bens-dog-dw']],
    ['one name with an accent', 'monster', ['pokemon', 'pokemon-mw']],
    [
      'a second wish that is another’s first',
      'baby',
      ['baby', 'baby-doge', 'baby-doge-bd', 'baby-doge-bd-x'],
    ],
    [
      'a second wish that is cut to its length',
      'long',
      [inId(LONG), inId(`${SHORTENED} Longest`), inId(`${SHORTENED} Long LT`)],
    ],
    [
      'a name without letters of ours, whose symbol is another’s name',
      'sign',
      ['sgn', 'sgn-coingecko-sign-2'],
    ],
  ])('%s', async (_what, id, coins) => {
    const rows = await service.rows(
      `SELECT coin_id FROM listings WHERE source_coin_id ~ '^${id}-[0-9]$' ORDER BY source_coin_id`,
    );
    expect(rows).toEqual(coins.map((coin_id) => ({ coin_id })));
  });
});
