/**
 * What a column is, told by its name alone, so that every page of a file has the same answer. Each decision has
 * a confidence from 0 to 1; equal ones go to the column further left.
 */

export const FIELDS = [
  'id',
  'symbol',
  'name',
  'url',
  'price',
  'marketCap',
  'volume24h',
  'priceChange24h',
  'rank',
  'updatedAt',
] as const;

export type Field = (typeof FIELDS)[number];

export interface Column {
  /** Where it stands in a row, from 0. */
  readonly index: number;
  /** Its name in the file, made unique. */
  readonly header: string;
  readonly confidence: number;
  /** True: too doubtful to trust as it is; only cells that state their unit themselves (`$`, `USD`, `%`) are read. */
  readonly doubtful: boolean;
}

export type Columns = Partial<Readonly<Record<Field, Column>>>;

/** From here on a column is taken for what it seems to be. */
const SURE = 0.75;
/** The same for a price, where a wrong guess is a wrong price. No similar name reaches it, only known ones. */
const SURE_OF_PRICE = 0.9;
/** Below, a column is nothing we know. */
const DOUBTFUL = 0.5;
/** How alike a misspelt name must be to a known one. */
const ALIKE = 0.8;

/** Phrases in the words of `wordsOf`, whose order doesn't matter, with the confidence that they mean the field. */
const PHRASES: Readonly<Record<Field, Readonly<Record<string, number>>>> = {
  id: {
    'coingecko id': 1,
    'coinpaprika id': 1,
    slug: 1,
    'coin slug': 1,
    'website slug': 1,
    // A plain `id` beside a slug is a catalogue's running number.
    id: 0.95,
    'coin id': 0.97,
    'asset id': 0.95,
    'token id': 0.9,
    'api id': 0.9,
    uid: 0.85,
    identifier: 0.85,
  },
  symbol: {
    symbol: 1,
    'coin symbol': 1,
    'asset symbol': 1,
    'token symbol': 1,
    ticker: 0.95,
    abbreviation: 0.85,
  },
  name: {
    name: 1,
    'coin name': 1,
    'asset name': 1,
    'token name': 1,
    'cryptocurrency name': 1,
    'currency name': 0.95,
    'full name': 0.9,
    cryptocurrency: 0.85,
    coin: 0.85,
    asset: 0.8,
    token: 0.8,
    currency: 0.8,
  },
  url: { url: 1, 'coin url': 1, 'page url': 1, 'asset url': 1, 'detail url': 0.9, 'details url': 0.9 },
  price: {
    'price usd': 1,
    'current price usd': 1,
    'current price': 0.97,
    'last price': 0.96,
    'latest price': 0.96,
    'market price': 0.95,
    'spot price': 0.95,
    price: 0.95,
    'close price': 0.92,
    close: 0.92,
    usd: 0.9,
    last: 0.9,
    'value usd': 0.9,
    // Other languages' exports are often in other currencies too.
    preco: 0.7,
    precio: 0.7,
    preis: 0.7,
    prezzo: 0.7,
    prix: 0.7,
    value: 0.6,
    rate: 0.6,
  },
  marketCap: { 'market cap usd': 1, 'market cap': 0.95, 'total market cap': 0.9, cap: 0.8 },
  volume24h: {
    'volume 24h usd': 1,
    'volume 24h': 0.97,
    'total volume 24h': 0.95,
    'total volume usd': 0.93,
    'volume usd': 0.93,
    'total volume': 0.92,
    volume: 0.9,
  },
  priceChange24h: {
    'price change percent 24h': 1,
    'change percent 24h': 1,
    'percent 24h': 0.98,
    'change percent 24h usd': 0.95,
    'price change percent 24h usd': 0.95,
    'change 24h': 0.85,
    '24h': 0.85,
    'change percent': 0.8,
    'price change percent': 0.8,
    // An amount in CoinGecko's words, a percentage in others'.
    'price change 24h': 0.6,
    'change 24h usd': 0.6,
    change: 0.5,
    'price change': 0.5,
  },
  rank: {
    rank: 1,
    'market cap rank': 1,
    'coinmarketcap rank': 0.97,
    'coingecko rank': 0.97,
    ranking: 0.95,
    number: 0.8,
  },
  updatedAt: {
    'last updated': 1,
    'last updated at': 1,
    'last update': 0.97,
    'updated at': 0.97,
    updated: 0.95,
    timestamp: 0.95,
    'last updated timestamp': 0.95,
    'last updated date': 0.95,
    datetime: 0.92,
    'date time': 0.92,
    date: 0.9,
    'snapshot date': 0.9,
    'snapshot time': 0.9,
    snapshot: 0.85,
    time: 0.85,
    'scraped at': 0.85,
    'fetched at': 0.85,
    'collected at': 0.85,
    'as of': 0.85,
  },
};

const SAME_WORD: Readonly<Record<string, string>> = {
  mkt: 'market',
  mcap: 'market cap',
  mktcap: 'market cap',
  marketcap: 'market cap',
  capitalization: 'cap',
  capitalisation: 'cap',
  vol: 'volume',
  pct: 'percent',
  perc: 'percent',
  percentage: 'percent',
  chg: 'change',
  ticker: 'ticker',
  sym: 'symbol',
  coinid: 'coin id',
  coinname: 'coin name',
  lastupdated: 'last updated',
  cmc: 'coinmarketcap',
  cg: 'coingecko',
  crypto: 'cryptocurrency',
  link: 'url',
  href: 'url',
  uri: 'url',
  dollar: 'usd',
  dollars: 'usd',
  closing: 'close',
  '1d': '24h',
  day: '24h',
  daily: '24h',
};

/** `Volume(24h)`, `24hVolume`, `24_hour_vol` are all `24h volume`, in the order of the name. */
export function wordsOf(header: string): string[] {
  const spelt = header
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/([\p{Ll}\d])(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll('%', ' percent ')
    .replaceAll('$', ' usd ')
    .replaceAll('#', ' number ')
    .replace(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .replace(/\b(\d+)\s*(h|hr|hrs|hour|hours)\b/g, '$1h')
    .replace(/\b(\d+)\s*(d|day|days)\b/g, '$1d')
    .trim();
  const words = spelt.split(' ').flatMap((word) => (SAME_WORD[word] ?? word).split(' '));
  return [...new Set(words.filter(Boolean))];
}

const keyOf = (words: readonly string[]): string => [...words].sort().join(' ');

const KNOWN = FIELDS.flatMap((field) =>
  Object.entries(PHRASES[field]).map(([phrase, confidence]) => ({
    field,
    key: keyOf(phrase.split(' ')),
    confidence,
  })),
);

interface Meaning {
  readonly field: Field;
  readonly confidence: number;
}

/** What a header may mean; null when it is like nothing known. */
export function meaningOf(header: string): Meaning | null {
  const key = keyOf(wordsOf(header));
  const known = KNOWN.find((entry) => entry.key === key);
  if (known) return known;
  let best: Meaning | null = null;
  for (const { field, key: phrase, confidence } of KNOWN) {
    const alike = phrase.length >= 5 && sameNumbers(key, phrase) ? likeness(key, phrase) : 0;
    const found = alike * confidence;
    if (alike >= ALIKE && found > (best?.confidence ?? 0)) best = { field, confidence: found };
  }
  return best;
}

/** The columns of a header row. A field nobody means is absent. */
export function columnsOf(headers: readonly string[]): Columns {
  const columns: Partial<Record<Field, Column>> = {};
  uniqueHeaders(headers).forEach((header, index) => {
    const meaning = meaningOf(headers[index] ?? '');
    if (!meaning || meaning.confidence < DOUBTFUL) return;
    const { field, confidence } = meaning;
    const doubtful = confidence < (field === 'price' ? SURE_OF_PRICE : SURE);
    // Only these have cells that can state their unit; another doubtful column is none.
    if (doubtful && field !== 'price' && field !== 'priceChange24h') return;
    if (confidence > (columns[field]?.confidence ?? 0))
      columns[field] = { index, header, confidence, doubtful };
  });
  return columns;
}

/** Names for the cells of a row: none empty, none twice. */
export function uniqueHeaders(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  return headers.map((header, index) => {
    const name = header === '' ? `column ${index + 1}` : header;
    let unique = name;
    for (let again = 2; taken.has(unique); again++) unique = `${name} (${again})`;
    taken.add(unique);
    return unique;
  });
}

/** 1h is not 24h, however alike the rest is. */
function sameNumbers(a: string, b: string): boolean {
  const numbers = (text: string): string => (text.match(/\d+\w*/g) ?? []).join(' ');
  return numbers(a) === numbers(b);
}

/** 1 for equal texts, less by the share of characters to insert, drop, change or swap. */
function likeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  if (Math.abs(a.length - b.length) > longest * (1 - ALIKE)) return 0;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return 1 - (above[b.length] ?? longest) / longest;
}
