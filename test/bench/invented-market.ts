/*
 * A market of any size that nobody trades in: the same coins on every machine, with prices that change from round to
 * round. Index for index the coins of all three sources are the same.
 */

type Row = Record<string, unknown>;

const SYLLABLES = [
  'ba',
  'ce',
  'do',
  'fu',
  'ga',
  'hi',
  'jo',
  'ku',
  'la',
  'me',
  'ni',
  'po',
  'ra',
  'se',
  'ti',
  'vu',
];
const ENDINGS = ['Coin', 'Network', 'Protocol', 'Finance', 'Chain', 'Swap'];
/** Primes, so that neighbours look nothing alike and none comes twice. */
const NAME_STRIDE = 7_368_787;
const NAMES = 16 ** 6;
const SYMBOL_STRIDE = 7919;
const SYMBOLS = 26 ** 4;
/** One in so many has the symbol of the coin before it, as in life. */
const SHARED_SYMBOL = 20;
/** One in so many has no contract: it is a chain's own coin. */
const NATIVE = 2;
const ROUND_SECONDS = 10;

export interface Moment {
  /** Prices are as they are in this round; the next one has others. */
  readonly round: number;
  /** When the first round was. */
  readonly begin: Date;
}

interface Coin {
  readonly slug: string;
  readonly symbol: string;
  readonly name: string;
  readonly price: number;
  readonly marketCap: number;
  readonly volume: number;
  readonly change: number;
  readonly at: string;
  readonly address: string | null;
}

type Asset = Pick<Coin, 'slug' | 'symbol' | 'name' | 'address'>;

/** What stays of a coin, of those that are listed again and again. */
const assets: Asset[] = [];
const MOST_KEPT = 50_000;

function assetOf(index: number): Asset {
  const known = assets[index];
  if (known) return known;
  const name = nameOf(index);
  const symbolOf = index % SHARED_SYMBOL === SHARED_SYMBOL - 1 ? index - 1 : index;
  const asset = {
    slug: name.toLowerCase().replaceAll(' ', '-'),
    symbol: letters((symbolOf * SYMBOL_STRIDE) % SYMBOLS),
    name,
    address: index % NATIVE === 0 ? null : `0x${(index + 1).toString(16).padStart(40, 'a')}`,
  };
  if (index < MOST_KEPT) assets[index] = asset;
  return asset;
}

export function coinOf(index: number, { round, begin }: Moment): Coin {
  const { slug, symbol, name, address } = assetOf(index);
  // Up and down by a hundredth at most, each coin in its own time.
  const drift = 1 + (((index * 31 + round * 17) % 201) - 100) / 10_000;
  const marketCap = Math.round((2e12 / (1 + index)) * drift);
  return {
    slug,
    symbol,
    name,
    address,
    price: Number((10 ** (((index * 37) % 1000) / 125 - 4) * drift).toPrecision(9)),
    marketCap,
    volume: Math.round(marketCap / (5 + (index % 40))),
    change: Math.round((((index * 53 + round * 29) % 2401) - 1200) * 1.25) / 100,
    at: new Date(begin.getTime() + round * ROUND_SECONDS * 1000).toISOString(),
  };
}

export function coinGeckoRow(index: number, moment: Moment): Row {
  const coin = coinOf(index, moment);
  return {
    id: coin.slug,
    symbol: coin.symbol.toLowerCase(),
    name: coin.name,
    image: `https://images.example/${index}/large.png`,
    current_price: coin.price,
    market_cap: coin.marketCap,
    market_cap_rank: index + 1,
    fully_diluted_valuation: coin.marketCap,
    total_volume: coin.volume,
    high_24h: coin.price * 1.02,
    low_24h: coin.price * 0.98,
    price_change_24h: (coin.price * coin.change) / 100,
    price_change_percentage_24h: coin.change,
    circulating_supply: Math.round(coin.marketCap / coin.price),
    last_updated: coin.at,
  };
}

export function coinGeckoCatalogueRow(index: number, moment: Moment): Row {
  const { slug, symbol, name, address } = coinOf(index, moment);
  return { id: slug, symbol: symbol.toLowerCase(), name, platforms: address ? { ethereum: address } : {} };
}

export function coinPaprikaId(index: number, moment: Moment): string {
  const { symbol, slug } = coinOf(index, moment);
  return `${symbol.toLowerCase()}-${slug}`;
}

export function coinPaprikaRow(index: number, moment: Moment): Row {
  const coin = coinOf(index, moment);
  return {
    id: coinPaprikaId(index, moment),
    name: coin.name,
    symbol: coin.symbol,
    rank: index + 1,
    last_updated: coin.at,
    quotes: {
      USD: {
        price: Number((coin.price * 1.001).toPrecision(9)),
        volume_24h: Math.round(coin.volume * 1.02),
        market_cap: coin.marketCap,
        percent_change_1h: 0.1,
        percent_change_24h: coin.change,
      },
    },
  };
}

export function coinPaprikaContract(index: number, moment: Moment): Row | null {
  const { address } = coinOf(index, moment);
  if (address === null) return null;
  return { id: coinPaprikaId(index, moment), type: 'ERC20', active: true, address };
}

export const CSV_HEADER =
  'id,symbol,name,price_usd,market_cap_usd,volume_24h_usd,percent_change_24h,rank,last_updated\n';

export function csvRow(index: number, moment: Moment): string {
  const { slug, symbol, name, price, marketCap, volume, change, at } = coinOf(index, moment);
  return `${slug},${symbol},${name},${price},${marketCap},${volume},${change},${index + 1},${at}\n`;
}

function nameOf(index: number): string {
  let rest = (index * NAME_STRIDE) % NAMES;
  let word = '';
  for (let syllable = 0; syllable < 6; syllable++) {
    word += (syllable === 3 ? ' ' : '') + (SYLLABLES[rest % 16] ?? '');
    rest = Math.floor(rest / 16);
  }
  const words = word.replace(/\b\w/g, (first) => first.toUpperCase());
  return `${words} ${ENDINGS[index % ENDINGS.length] ?? ''}`;
}

function letters(number: number): string {
  let rest = number;
  let text = '';
  for (let letter = 0; letter < 4; letter++) {
    text += String.fromCharCode(65 + (rest % 26));
    rest = Math.floor(rest / 26);
  }
  return text;
}
