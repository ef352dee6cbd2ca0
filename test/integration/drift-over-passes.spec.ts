import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Market, coinGeckoRow, minutesAgo, rowsOf } from '../support/market.js';
import type { Row } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

interface Note {
  readonly feed: string;
  readonly field: string;
  readonly change: string;
}

describe('what a whole pass showed', () => {
  let market: Market;
  let service: Service;

  /** A page of 250 and one of `last`; `spoil` is given the page's number. */
  const pages = (last: number, spoil: (row: Row, page: number) => Row): Row[] =>
    rowsOf(250 + last, coinGeckoRow, { at: minutesAgo(20) }).map((row, index) =>
      spoil(row, index < 250 ? 1 : 2),
    );
  const drift = async (): Promise<Note[]> => {
    const { body } = await service.get('/drift?source=coingecko&limit=100');
    const notes: Note[] = body.data;
    return notes.sort((a, b) => (a.field < b.field ? -1 : 1));
  };

  beforeEach(async () => {
    market = await Market.open();
    service = await startService({
      environment: { ...market.environment, COINGECKO_MAX_COINS: '500', SOURCE_RETRIES: '0' },
    });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  it('is what the next one is measured against, however much its pages differ', async () => {
    market.coinGecko = pages(200, (row, page) =>
      page === 1 ? row : { ...row, note: 'small', market_cap: null },
    );
    for (const pass of [1, 2]) {
      expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
      expect({ pass, drift: await drift() }).toEqual({ pass, drift: [] });
    }
    const shapes = await service.rows(
      `SELECT field, type, round(null_share::numeric, 4)::text AS share FROM source_schemas
       WHERE feed = 'markets' AND field IN ('market_cap', 'note') ORDER BY field`,
    );
    expect(shapes).toEqual([
      { field: 'market_cap', type: 'number', share: '0.4444' },
      { field: 'note', type: 'string', share: '0.5556' },
    ]);
    market.coinGecko = pages(200, (row) => ({ ...row, market_cap: null }));
    await service.run('coingecko');
    expect(await drift()).toMatchObject([{ field: 'market_cap', change: 'null' }]);
  });

  it('is the same when the pass was interrupted and resumed', async () => {
    market.coinGecko = pages(200, (row, page) => (page === 1 ? row : { ...row, note: 'small' }));
    market.spoil(/markets.*&page=2&/, (_request, response) => {
      response.writeHead(500).end('{}');
    });
    expect(await service.run('coingecko')).toMatchObject({ status: 'failed', pages: 2 });
    market.heal();
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', pages: 1, resumed: true });
    const [shape] = await service.rows<{ share: string }>(
      `SELECT round(null_share::numeric, 4)::text AS share FROM source_schemas WHERE feed = 'markets' AND field = 'note'`,
    );
    expect(shape).toEqual({ share: '0.5556' });
    await service.run('coingecko');
    expect(await drift()).toEqual([]);
  });

  it('keeps a note for as long as some page shows it; a last page of few records shows nothing', async () => {
    market.coinGecko = pages(2, (row) => row);
    await service.run('coingecko');
    market.coinGecko = pages(2, (row, page) =>
      page === 1 ? { ...row, total_volume: String(row['total_volume']) } : row,
    );
    for (const pass of [1, 2]) {
      await service.run('coingecko');
      expect({ pass, drift: await drift() }).toMatchObject({
        pass,
        drift: [{ field: 'total_volume', change: 'retyped' }],
      });
    }
    market.coinGecko = pages(2, (row) => row);
    await service.run('coingecko');
    expect(await drift()).toEqual([]);
  });

  it('is not what a pass of a few records shows', async () => {
    const volumeless = (count: number): Row[] =>
      pages(0, (row) => ({ ...row, total_volume: null })).slice(0, count);
    market.coinGecko = pages(0, (row) => row);
    await service.run('coingecko');
    market.coinGecko = volumeless(2);
    await service.run('coingecko');
    expect(await drift()).toEqual([]);
    market.coinGecko = volumeless(250);
    await service.run('coingecko');
    expect(await drift()).toMatchObject([{ field: 'total_volume', change: 'null' }]);
  });
});

describe('a required field', () => {
  let market: Market;
  let service: Service;

  const tickers = (spoil: (usd: Row, index: number) => Row): Row[] =>
    Array.from({ length: 20 }, (_, index) => ({
      id: `c${index}-coin-${index}`,
      symbol: `C${index}`,
      name: `Coin ${index}`,
      rank: index + 1,
      last_updated: minutesAgo(10).toISOString(),
      quotes: {
        USD: spoil({ price: 1.5, market_cap: 100 + index, volume_24h: 7, percent_change_24h: -1 }, index),
      },
    }));
  const drift = async (): Promise<Note[]> => {
    const { body } = await service.get('/drift?source=coinpaprika&limit=100');
    const notes: Note[] = body.data;
    return notes.filter(({ feed }) => feed === 'tickers').sort((a, b) => (a.field < b.field ? -1 : 1));
  };
  const prices = async (): Promise<unknown[]> => {
    const { body } = await service.get('/data?source=coinpaprika');
    const rows: { current_price: number | null }[] = body.data;
    return [...new Set(rows.map((row) => row.current_price))];
  };
  const failsAsDrift = async (words: RegExp): Promise<void> => {
    expect(await service.run('coinpaprika')).toMatchObject({
      status: 'failed',
      error: { code: 'drift', message: expect.stringMatching(words) },
    });
  };

  beforeEach(async () => {
    market = await Market.open();
    market.coinPaprika = tickers((usd) => usd);
    service = await startService({ environment: market.environment });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  it('that is renamed deep inside its record is drift, and what it may have become is on record', async () => {
    await service.run('coinpaprika');
    market.coinPaprika = tickers(({ price, ...usd }) => ({ ...usd, price_usd: price }));
    await failsAsDrift(
      /coinpaprika tickers: .*quotes\.USD\.price is absent from 20 of 20 .*quotes\.USD\.price_usd/,
    );
    expect(await drift()).toMatchObject([
      { field: 'quotes.USD.price', change: 'gone', candidate: { field: 'quotes.USD.price_usd' } },
      { field: 'quotes.USD.price_usd', change: 'new' },
    ]);
    expect(await prices()).toEqual([1.5]);

    market.coinPaprika = tickers((usd) => usd);
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
    expect(await drift()).toEqual([]);
  });

  it('that is not there the first time is drift too', async () => {
    market.coinPaprika = tickers(({ price, ...usd }) => ({ ...usd, price_usd: price }));
    await failsAsDrift(/quotes\.USD\.price is absent from 20 of 20/);
    expect(await drift()).toMatchObject([
      { field: 'quotes.USD.price', change: 'gone', candidate: { field: 'quotes.USD.price_usd' } },
    ]);
  });

  it('takes its whole branch with it, reported once', async () => {
    await service.run('coinpaprika');
    market.coinPaprika = tickers((usd) => usd).map(({ quotes, ...row }) => ({ ...row, quote: quotes }));
    await failsAsDrift(/quotes is absent from 20 of 20 records; quote looks like it/);
    expect(await drift()).toMatchObject([
      { field: 'quote', change: 'new' },
      { field: 'quotes', change: 'gone', candidate: { field: 'quote' } },
    ]);
  });

  it('that can’t be read in more than half of a page is drift; in half of it, it is quarantine', async () => {
    await service.run('coinpaprika');
    market.coinPaprika = tickers((usd, index) => (index < 11 ? { ...usd, price: 'soon' } : usd));
    await failsAsDrift(/11 of 20 records.*quotes\.USD\.price is text/);
    expect(await drift()).toMatchObject([{ field: 'quotes.USD.price', change: 'retyped' }]);
    market.coinPaprika = tickers((usd, index) => (index < 10 ? { ...usd, price: 'soon' } : usd));
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success', quarantined: 10 });
  });

  it('that is suddenly null is drift, where it was not null before', async () => {
    await service.run('coinpaprika');
    market.coinPaprika = tickers((usd, index) => ({ ...usd, price: index < 18 ? null : 2 }));
    await failsAsDrift(/quotes\.USD\.price is null in 90 % of the records, was 0 %/);
    expect(await drift()).toMatchObject([{ field: 'quotes.USD.price', change: 'null' }]);
    expect(await prices()).toEqual([1.5]);
    market.coinPaprika = tickers((usd, index) => ({ ...usd, price: index < 10 ? null : 2 }));
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success', updated: 20 });
    expect(await drift()).toEqual([]);
  });

  it('in a page of few records costs those alone', async () => {
    market.coinPaprika = tickers(({ price, ...usd }, index) => (index === 0 ? { ...usd, price } : usd)).slice(
      0,
      3,
    );
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success', quarantined: 2 });
  });
});

describe('files', () => {
  let folder: string;
  let service: Service;

  const write = (name: string, columns: readonly string[], price = '1.5'): Promise<void> => {
    const cells: Record<string, (index: number) => string> = {
      id: (index) => `coin-${index}`,
      symbol: (index) => `C${index}`,
    };
    const rows = Array.from({ length: 8 }, (_, index) =>
      columns.map((column) => cells[column]?.(index) ?? price).join(','),
    );
    return writeFile(join(folder, name), [columns.join(','), ...rows].join('\n'));
  };
  const drift = async (): Promise<string[]> => {
    const { body } = await service.get('/drift');
    const notes: Note[] = body.data;
    return notes.map(({ feed, field, change }) => `${feed}: ${field} ${change}`).sort();
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    service = await startService({ environment: { CSV_PATH: folder, SOURCES: 'csv' } });
  });
  afterEach(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it('are compared with those of the same name but for the date, and none of them fails for it', async () => {
    await write('prices-2026-11-21.csv', ['id', 'symbol', 'price', 'volume']);
    await service.run('csv');
    await write('prices-2026-11-22.csv', ['id', 'symbol', 'price', 'volume']);
    await service.run('csv');
    expect(await drift()).toEqual([]);
    await write('prices-2026-11-23.csv', ['id', 'symbol', 'price', 'volume_24h']);
    expect(await service.run('csv')).toMatchObject({ status: 'success', pages: 1 });
    expect(await drift()).toEqual(['prices-#.csv: volume gone', 'prices-#.csv: volume_24h new']);
  });

  it('of which nothing could be read are nothing to compare with', async () => {
    await write('prices.csv', ['id', 'symbol', 'price', 'volume'], '-1');
    expect(await service.run('csv')).toMatchObject({ status: 'failed', quarantined: 8 });
    await write('prices.csv', ['id', 'symbol', 'price', 'volume_24h']);
    for (const pass of [1, 2]) {
      expect({ pass, status: (await service.run('csv')).status }).toEqual({ pass, status: 'success' });
      expect(await drift()).toEqual([]);
    }
    const fields = await service.rows(
      `SELECT field FROM source_schemas WHERE feed = 'prices.csv' ORDER BY 1`,
    );
    expect(fields).toEqual(['id', 'price', 'symbol', 'volume_24h'].map((field) => ({ field })));
  });
});
