import type { ListingRecord } from '../../source-adapter.js';
import { RecordRefused, SourcePayloadInvalid } from '../../source-errors.js';
import { openCsvPage } from './csv-page.js';

const EMPTY = {
  price: null,
  marketCap: null,
  volume24h: null,
  priceChange24h: null,
  rank: null,
  sourceUpdatedAt: null,
};

/** The listings of a page, and for a refused record its reason. */
const read = (...lines: string[]): unknown[] => {
  const page = openCsvPage(Buffer.from(lines.join('\n')));
  if (page.kind !== 'listings') throw new Error(page.kind);
  return page.records.map((record) => {
    try {
      return page.read(record);
    } catch (error) {
      if (error instanceof RecordRefused) return error.reason;
      throw error;
    }
  });
};
const one = (...lines: string[]): ListingRecord => read(...lines)[0] as ListingRecord;

it('reads a scraped table: index column, symbols for names, slugs in URLs, amounts of coins', () => {
  expect(
    read(
      ',row_id,name,price,url,24h_%,7d%,Market_Cap,Volume(24h),Volume(2)',
      '0,0,NRT,"$1,979.12",https://example.com/currencies/north-coin/,+2.01%,,"$5,000,000","$380,105","960,017 NRT"',
      '1,1,SPK,$?,https://example.com/currencies/spk/,-0.4%,,-,$1.5M,5 SPK',
    ),
  ).toEqual([
    {
      ...EMPTY,
      sourceCoinId: 'north-coin',
      symbol: 'NRT',
      name: 'North Coin',
      price: '1979.12',
      marketCap: '5000000',
      volume24h: '380105',
      priceChange24h: '2.01',
    },
    {
      ...EMPTY,
      sourceCoinId: 'spk',
      symbol: 'SPK',
      name: 'SPK',
      volume24h: '1500000',
      priceChange24h: '-0.4',
    },
  ]);
});

it('reads name and symbol from one cell', () => {
  expect(one('Coin,Price', '"North Coin\nNRT",1.983e-05')).toMatchObject({
    sourceCoinId: 'north-coin-nrt',
    symbol: 'NRT',
    name: 'North Coin',
    price: '0.00001983',
  });
  expect(one('Coin,Price', 'North Coin (NRT),1')).toMatchObject({ symbol: 'NRT', name: 'North Coin' });
  expect(one('name,symbol,price', '"North Coin\nNRT",NRT,1')).toMatchObject({
    symbol: 'NRT',
    name: 'North Coin',
  });
  expect(read('Coin,Price', '"North\nCoin\nNRT",1')).toEqual(['wrong_type']);
});

it('takes a lone symbol for the name as well', () => {
  expect(one('symbol,price', 'NRT,1')).toMatchObject({ sourceCoinId: 'nrt-nrt', symbol: 'NRT', name: 'NRT' });
});

it('takes no running number for an id', () => {
  expect(one('id,symbol,name,price', '17,NRT,North Coin,1').sourceCoinId).toBe('north-coin-nrt');
  expect(one('id,symbol,name,price', 'north,NRT,North Coin,1').sourceCoinId).toBe('north');
});

it('keeps coins apart whose names differ in signs only', () => {
  const ids = ['USD,1', 'USD+,1', '"＄USD",1', '🟥,1', '""""""""""""",1'].map(
    (row) => one('symbol,price', row).sourceCoinId,
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it('tells the locale by the page', () => {
  expect(
    read('symbol;price;market cap;24h', 'A;1,234;US$26.247.000,60;+2,01%', 'B;0,5;1.234;-1,5').map(
      (record) => {
        const { price, marketCap, priceChange24h } = record as ListingRecord;
        return [price, marketCap, priceChange24h];
      },
    ),
  ).toEqual([
    ['1.234', '26247000.6', '2.01'],
    ['0.5', '1234', '-1.5'],
  ]);
});

it('tells by the page whether the day or the month comes first', () => {
  const times = read('symbol,price,date', 'A,1,05/11/2026', 'B,1,31/10/2026').map(
    (record) => (record as ListingRecord).sourceUpdatedAt,
  );
  expect(times).toEqual([new Date('2026-11-05'), new Date('2026-10-31')]);
});

it.each([',', ';', '\t', '|'])('reads files with %p between cells', (delimiter) => {
  const lines = ['symbol,name,price', 'NRT,North,1.5'].map((line) => line.replaceAll(',', delimiter));
  expect(one(...lines)).toMatchObject({ symbol: 'NRT', name: 'North', price: '1.5' });
});

it('refuses rows whose cells may not be where the header says, and reads the rest', () => {
  expect(
    read(
      'symbol,name,price,volume',
      'A,Alpha,$1,234.56,99',
      '"B,Beta,2,1',
      '"C\nc",Gamma',
      'D,Delta,4',
      'E,Epsilon,5,6,,',
      '',
      ' , , ,',
      'symbol,name,price,volume',
      'F,Phi,6,7',
    ).map((record) => (typeof record === 'string' ? record : (record as ListingRecord).symbol)),
  ).toEqual(['not_an_object', 'not_an_object', 'not_an_object', 'D', 'E', 'F']);
});

it('says why a row is refused', () => {
  const page = openCsvPage(Buffer.from('symbol,price\nA,$1,234\n'));
  expect(page.records).toEqual(['A,$1,234']);
  expect(() => page.read(page.records[0])).toThrow('the row has 3 cells, its header 2');
});

it('refuses bad records one by one', () => {
  expect(
    read(
      'id,symbol,name,price,change_24h,rank,last_updated',
      ',A,Alpha,1,,,',
      'b,,Beta,1,,,',
      'c,C,Gamma,-1,,,',
      'd,D\0,Delta,1,,,',
      '__proto__,E,Epsilon,1,,,',
      'f,F,Phi,inf,,,',
      'g,G,Gee,€5,,,',
      'h,H,Aitch,5,-101,,',
      'i,I,Eye,5,,first,',
      'j,J,Jay,5,,,soon',
      'k,K,Kay,,-99.5,#7,2026-11-01',
    ),
  ).toEqual([
    'missing_field',
    'missing_field',
    'negative',
    'control_character',
    'reserved_id',
    'not_finite',
    'wrong_type',
    'out_of_range',
    'wrong_type',
    'bad_timestamp',
    {
      ...EMPTY,
      sourceCoinId: 'k',
      symbol: 'K',
      name: 'Kay',
      priceChange24h: '-99.5',
      rank: 7,
      sourceUpdatedAt: new Date('2026-11-01'),
    },
  ]);
});

it('keeps records as they came, null where a cell is empty, and names what it needs of them', () => {
  const page = openCsvPage(Buffer.from('\ufeff,Symbol,Price,__proto__,Price\n0,NRT, $1 ,x\n'));
  expect(page.records).toEqual([
    Object.fromEntries([
      ['column 1', '0'],
      ['Symbol', 'NRT'],
      ['Price', '$1'],
      ['__proto__', 'x'],
      ['Price (2)', null],
    ]),
  ]);
  expect(page.required).toEqual(['Symbol', 'Price']);
});

it.each([
  '',
  '\0\0',
  '<html></html>',
  'symbol,name\nA,Alpha\n',
  'price,volume\n1,2\n',
  'symbol,price_btc\nA,1\n',
])('refuses a page without a header of coins and prices: %p', (text) => {
  expect(() => openCsvPage(Buffer.from(text))).toThrow(SourcePayloadInvalid);
});

describe('a column that says the currency', () => {
  it.each(['EUR', 'jpy', 'BTC', 'USDT', '€'])('refuses prices in %s', (currency) => {
    expect(read('symbol,name,price,currency', `NRT,North Coin,26000,${currency}`)).toEqual(['wrong_type']);
  });

  it.each(['USD', 'usd', '$', 'US$', 'US Dollar', '', 'n/a'])('reads prices in %j', (currency) => {
    expect(one('symbol,name,price,currency', `NRT,North Coin,26000,${currency}`).price).toBe('26000');
  });

  it('may name the coin where nothing else does', () => {
    expect(one('currency,price', 'North Coin (NRT),5')).toMatchObject({ symbol: 'NRT', name: 'North Coin' });
    expect(one('symbol,currency,price', 'NRT,North Coin,5')).toMatchObject({
      symbol: 'NRT',
      name: 'North Coin',
    });
    expect(read('symbol,currency,price', 'NRT,EUR,5')).toEqual(['wrong_type']);
  });

  it.each(['quote currency', 'vs_currency', 'Price Currency', 'fiat'])('may be called %s', (header) => {
    expect(read(`symbol,name,price,${header}`, 'NRT,North Coin,26000,EUR')).toEqual(['wrong_type']);
  });
});

it('doubts the commas of files that part cells by semicolons, where nothing tells what they are', () => {
  expect(read('symbol;name;price', 'AAA;Aaa;1,250', 'BBB;Bbb;2,500')).toEqual(['wrong_type', 'wrong_type']);
  expect(read('symbol;name;price', 'AAA;Aaa;1,250', 'BBB;Bbb;2,5')).toMatchObject([
    { price: '1.25' },
    { price: '2.5' },
  ]);
});

it('does not take what somebody has of a coin for its price', () => {
  expect(read('symbol,name,amount,value_usd', 'NRT,North Coin,0.9,85000')).toEqual(['wrong_type']);
});

it('makes ids that are no other file’s', () => {
  expect(one('symbol,price', 'LINK,7.1').sourceCoinId).toBe('link-link');
  expect(one('id,symbol,name,price', 'link,LN,LINK,7.1').sourceCoinId).toBe('link');
});
