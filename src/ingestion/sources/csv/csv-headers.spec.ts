import { columnsOf, meaningOf, uniqueHeaders, wordsOf } from './csv-headers.js';

const fieldsOf = (...headers: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(columnsOf(headers)).map(([field, { header }]) => [field, header]));

it.each([
  ['Volume(24h)', ['volume', '24h']],
  ['24hVolume', ['24h', 'volume']],
  ['24_hour_vol', ['24h', 'volume']],
  ['marketCapUSD', ['market', 'cap', 'usd']],
  ['24h_%', ['24h', 'percent']],
  ['Preço (US$)', ['preco', 'us', 'usd']],
])('takes %s apart', (header, words) => {
  expect(wordsOf(header)).toEqual(words);
});

it.each([
  ['price', 'price'],
  ['price_usd', 'price'],
  ['current_price', 'price'],
  ['Last Price', 'price'],
  ['Close', 'price'],
  ['mkt_cap', 'marketCap'],
  ['Market_Cap', 'marketCap'],
  ['market_cap_usd', 'marketCap'],
  ['24h_volume_usd', 'volume24h'],
  ['Volume(24h)', 'volume24h'],
  ['total_volume', 'volume24h'],
  ['24h Volume', 'volume24h'],
  ['volume', 'volume24h'],
  ['24h', 'priceChange24h'],
  ['24h_%', 'priceChange24h'],
  ['percent_change_24h', 'priceChange24h'],
  ['price_change_percentage_24h', 'priceChange24h'],
  ['change_24h', 'priceChange24h'],
  ['last_updated', 'updatedAt'],
  ['snapshot', 'updatedAt'],
  ['date', 'updatedAt'],
  ['Ticker', 'symbol'],
  ['Coin', 'name'],
  ['slug', 'id'],
  ['#', 'rank'],
  ['market_cap_rank', 'rank'],
  ['simbol', 'symbol'],
])('takes %s for %s', (header, field) => {
  expect(columnsOf([header])[field as 'price']).toMatchObject({ header, doubtful: false });
});

it.each([
  'price_btc',
  'price_eur',
  'Volume(2)',
  'volume2',
  'price1',
  'volume_7d',
  'fully_diluted_market_cap',
  'market_cap_change_24h',
  '1h',
  '7d%',
  'percent_change_1h',
  'Circulating_Supply',
  'max_supply',
  'ath',
  'row_id',
  'image_url',
  'total_value_usd',
  '',
])('takes %p for nothing', (header) => {
  expect(columnsOf([header])).toEqual({});
});

it('never is sure of a price by a similar name', () => {
  expect(meaningOf('pirce')).toMatchObject({ field: 'price' });
  expect(columnsOf(['pirce']).price).toMatchObject({ doubtful: true });
  expect(columnsOf(['valeu']).price).toBeUndefined();
});

it('prefers the name that says more', () => {
  expect(fieldsOf('price', 'price_usd', 'id', 'slug')).toEqual({ price: 'price_usd', id: 'slug' });
  expect(fieldsOf('price_change_24h', 'price_change_percentage_24h')).toEqual({
    priceChange24h: 'price_change_percentage_24h',
  });
});

it('prefers the left of two that say as much', () => {
  expect(columnsOf(['name', 'price', 'Price']).price).toMatchObject({ index: 1, header: 'price' });
});

it('is in doubt of a change that may be an amount', () => {
  expect(columnsOf(['price_change_24h']).priceChange24h).toMatchObject({ doubtful: true });
});

it('names each column once', () => {
  expect(uniqueHeaders(['', 'a', 'a', 'a (2)', ''])).toEqual([
    'column 1',
    'a',
    'a (2)',
    'a (2) (2)',
    'column 5',
  ]);
});
