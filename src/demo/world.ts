/**
 * The coins the stand-ins know: what Mintmark's demo and tests see instead of the real APIs. Ids, names and
 * contracts of the known ones are real, their numbers are round ones; the rest is invented, and always the same.
 */

export type DemoChain = 'ethereum' | 'bsc' | 'polygon' | 'solana' | 'avalanche' | 'tron';

interface DemoContract {
  readonly chain: DemoChain;
  readonly address: string;
}

export interface DemoCoin {
  /** Null where that catalogue doesn't have the coin. */
  readonly coinGeckoId: string | null;
  readonly coinPaprikaId: string | null;
  readonly symbol: string;
  readonly name: string;
  /** USD; null for a coin that is listed and not traded. */
  readonly price: number | null;
  /** USD; null where the supply is unknown. */
  readonly marketCap: number | null;
  readonly volume24h: number;
  readonly change24h: number;
  readonly contracts: readonly DemoContract[];
}

type KnownCoin = readonly [
  coinGeckoId: string,
  coinPaprikaId: string,
  symbol: string,
  name: string,
  price: number,
  marketCapMillions: number,
  volumeMillions: number,
  change24h: number,
  contracts?: Readonly<Partial<Record<DemoChain, string>>>,
];

// prettier-ignore
const KNOWN: readonly KnownCoin[] = [
  ['bitcoin', 'btc-bitcoin', 'BTC', 'Bitcoin', 95000, 1890000, 42000, 1.25],
  ['ethereum', 'eth-ethereum', 'ETH', 'Ethereum', 3400, 410000, 21000, -0.85],
  ['tether', 'usdt-tether', 'USDT', 'Tether', 1, 140000, 85000, 0.01, { ethereum: '0xdac17f958d2ee523a2206206994597c13d831ec7', tron: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t' }],
  ['ripple', 'xrp-xrp', 'XRP', 'XRP', 2.2, 125000, 6500, -2.4],
  ['binancecoin', 'bnb-binance-coin', 'BNB', 'BNB', 680, 98000, 1900, 0.6],
  ['solana', 'sol-solana', 'SOL', 'Solana', 190, 92000, 4800, 3.1],
  ['dogecoin', 'doge-dogecoin', 'DOGE', 'Dogecoin', 0.32, 47000, 3100, -4.2],
  ['usd-coin', 'usdc-usd-coin', 'USDC', 'USDC', 1, 46000, 9500, 0, { ethereum: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', polygon: '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359', solana: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkkZwyTDt1v', avalanche: '0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e' }],
  ['staked-ether', 'steth-lido-staked-ether', 'STETH', 'Lido Staked Ether', 3395, 33000, 60, -0.9, { ethereum: '0xae7ab96520de3a18e5e111b5eaab095312d7fe84' }],
  ['cardano', 'ada-cardano', 'ADA', 'Cardano', 0.9, 31500, 1200, -1.7],
  ['tron', 'trx-tron', 'TRX', 'TRON', 0.25, 21500, 900, 0.4],
  ['avalanche-2', 'avax-avalanche', 'AVAX', 'Avalanche', 38, 15600, 520, 2.3],
  ['chainlink', 'link-chainlink', 'LINK', 'Chainlink', 22, 13800, 780, 4.5, { ethereum: '0x514910771af9ca656af840dff83e8264ecf986ca', bsc: '0xf8a0bf9cf54bb92f17374d9e9a321e6a111a51bd' }],
  ['the-open-network', 'ton-toncoin', 'TON', 'Toncoin', 5.4, 13500, 240, -0.3],
  ['shiba-inu', 'shib-shiba-inu', 'SHIB', 'Shiba Inu', 0.000022, 13000, 450, -3.6, { ethereum: '0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce' }],
  ['wrapped-bitcoin', 'wbtc-wrapped-bitcoin', 'WBTC', 'Wrapped Bitcoin', 94900, 12300, 310, 1.2, { ethereum: '0x2260fac5e5542a773aa44fbcfedf7c193bc2c599' }],
  ['sui', 'sui-sui', 'SUI', 'Sui', 4.1, 12000, 980, 5.2],
  ['stellar', 'xlm-stellar', 'XLM', 'Stellar', 0.36, 11000, 420, -2.1],
  ['polkadot', 'dot-polkadot', 'DOT', 'Polkadot', 7, 10700, 310, -1.1],
  ['hedera-hashgraph', 'hbar-hedera-hashgraph', 'HBAR', 'Hedera', 0.27, 10300, 380, 1.9],
  ['bitcoin-cash', 'bch-bitcoin-cash', 'BCH', 'Bitcoin Cash', 450, 8900, 330, 0.7],
  ['leo-token', 'leo-leo-token', 'LEO', 'LEO Token', 9.1, 8400, 3, -0.2, { ethereum: '0x2af5d2ad76741191d15dfe7bf6ac92d4bd912ca3' }],
  ['litecoin', 'ltc-litecoin', 'LTC', 'Litecoin', 105, 7900, 610, 0.9],
  ['uniswap', 'uni-uniswap', 'UNI', 'Uniswap', 13, 7800, 300, -5.3, { ethereum: '0x1f9840a85d5af5bf1d1762f925bdaddc4201f984' }],
  ['pepe', 'pepe-pepe', 'PEPE', 'Pepe', 0.000018, 7600, 1400, -7.8, { ethereum: '0x6982508145454ce325ddbe47a25d4ec3d2311933' }],
  ['near', 'near-near-protocol', 'NEAR', 'NEAR Protocol', 5.2, 6300, 290, 2.6],
  ['dai', 'dai-dai', 'DAI', 'Dai', 1, 5400, 140, -0.01, { ethereum: '0x6b175474e89094c44da98b954eedeac495271d0f', bsc: '0x1af3f329e8be154074d8769d1ffa4ee058b1dbc3' }],
  ['aptos', 'apt-aptos', 'APT', 'Aptos', 9, 5100, 220, 1.4],
  ['internet-computer', 'icp-internet-computer', 'ICP', 'Internet Computer', 10, 4800, 120, -1.5],
  ['aave', 'aave-new', 'AAVE', 'Aave', 310, 4650, 350, -2.9, { ethereum: '0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9', bsc: '0xfb6115445bff7b52feb98650c87f44907e58f802' }],
  ['crypto-com-chain', 'cro-cryptocom-chain', 'CRO', 'Cronos', 0.15, 4100, 40, -3.3],
  ['ethereum-classic', 'etc-ethereum-classic', 'ETC', 'Ethereum Classic', 26, 3900, 190, -0.6],
  ['vechain', 'vet-vechain', 'VET', 'VeChain', 0.046, 3700, 95, 1.1],
  ['monero', 'xmr-monero', 'XMR', 'Monero', 195, 3600, 75, 0.3],
  ['filecoin', 'fil-filecoin', 'FIL', 'Filecoin', 5, 3100, 210, -2.2],
  ['okb', 'okb-okb', 'OKB', 'OKB', 50, 3000, 8, 0.2, { ethereum: '0x75231f58b43240c9718dd58b4967c5114342a86c' }],
  ['algorand', 'algo-algorand', 'ALGO', 'Algorand', 0.35, 2900, 160, 2],
  ['cosmos', 'atom-cosmos', 'ATOM', 'Cosmos Hub', 6.5, 2550, 150, -0.4],
  ['tezos', 'xtz-tezos', 'XTZ', 'Tezos', 1.3, 1340, 45, 0.8],
  ['maker', 'mkr-maker', 'MKR', 'Maker', 1500, 1320, 70, -1.9, { ethereum: '0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2' }],
  ['kaspa', 'kas-kaspa', 'KAS', 'Kaspa', 0.14, 3460, 60, 2.9],
  ['the-graph', 'grt-the-graph', 'GRT', 'The Graph', 0.165, 1570, 50, 2.3, { ethereum: '0xc944e90c64b2c07662a292be6244bdf05cda44a7' }],
  ['pancakeswap-token', 'cake-pancakeswap', 'CAKE', 'PancakeSwap', 1.85, 530, 40, -1.8, { bsc: '0x0e09fabb73bd3ade0a17ecc321fd13a19e81ce82' }],
  ['bitcoin-cash-sv', 'bsv-bitcoin-sv', 'BSV', 'Bitcoin SV', 48, 950, 30, -0.6],
];

/** One of each thing that goes wrong with coins. */
const ODD: readonly DemoCoin[] = [
  odd(
    { coinGeckoId: 'fallen-star', coinPaprikaId: 'fstar-fallen-star', symbol: 'FSTAR', name: 'Fallen Star' },
    0.42,
    -62.5,
  ),
  odd({ coinGeckoId: 'untraded', coinPaprikaId: null, symbol: 'UNTR', name: 'Untraded' }, null, 0),
  odd(
    { coinGeckoId: null, coinPaprikaId: 'dust-stardust', symbol: 'DUST', name: 'Stardust' },
    3.84e-18,
    -1.5,
  ),
  // Namesakes: their symbol is a greater coin's, or each other's.
  odd(
    { coinGeckoId: 'pepe-the-second', coinPaprikaId: null, symbol: 'PEPE', name: 'Pepe the Second' },
    0.0031,
    12,
  ),
  odd({ coinGeckoId: null, coinPaprikaId: 'btc-bytecast', symbol: 'BTC', name: 'Bytecast' }, 0.07, 0.4),
  odd(
    { coinGeckoId: 'lumen-one', coinPaprikaId: null, symbol: 'LUM', name: 'Lumen' },
    1.9,
    -3,
    address(9001),
  ),
  odd(
    { coinGeckoId: null, coinPaprikaId: 'lum-lumen', symbol: 'LUM', name: 'Lumen' },
    0.011,
    2,
    address(9002),
  ),
];

const SYLLABLES = [
  've',
  'lu',
  'no',
  'ka',
  'ri',
  'to',
  'mi',
  'sen',
  'da',
  'qua',
  'zo',
  'pel',
  'ar',
  'ix',
  'mun',
  'ta',
];
const ENDINGS = ['Coin', 'Network', 'Protocol', 'Finance', 'Chain', 'Swap'];
const INVENTED = 300;

export const DEMO_COINS: readonly DemoCoin[] = [...KNOWN.map(known), ...ODD, ...invented(INVENTED)];

function known(row: KnownCoin): DemoCoin {
  const [coinGeckoId, coinPaprikaId, symbol, name, price, capMillions, volumeMillions, change24h, at = {}] =
    row;
  const contracts = Object.entries(at).map(([chain, address]) => ({ chain: chain as DemoChain, address }));
  const [marketCap, volume24h] = [capMillions * 1e6, volumeMillions * 1e6];
  return { coinGeckoId, coinPaprikaId, symbol, name, price, marketCap, volume24h, change24h, contracts };
}

function odd(
  is: Pick<DemoCoin, 'coinGeckoId' | 'coinPaprikaId' | 'symbol' | 'name'>,
  price: number | null,
  change24h: number,
  ethereum?: string,
): DemoCoin {
  const contracts = ethereum ? [{ chain: 'ethereum' as const, address: ethereum }] : [];
  return { ...is, price, change24h, contracts, marketCap: null, volume24h: price === null ? 0 : 12_500 };
}

/** Smaller coins, ever smaller; about a seventh each is in one catalogue alone. */
function invented(count: number): DemoCoin[] {
  const random = randomNumbers(20_261_101);
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T =>
    from[Math.floor(random() * from.length)] as T;
  const names = new Set<string>();
  while (names.size < count) {
    const word = Array.from({ length: 2 + Math.floor(random() * 2) }, () => pick(SYLLABLES)).join('');
    names.add(`${word.charAt(0).toUpperCase()}${word.slice(1)} ${pick(ENDINGS)}`);
  }
  return [...names].map((name, index) => {
    const slug = name.toLowerCase().replace(' ', '-');
    // Four letters of the first word, so that some share theirs, as in life.
    const symbol = name.slice(0, 4).trim().toUpperCase();
    const marketCap = Math.round(4e8 / (1 + index) ** 1.1);
    const contracts =
      random() < 0.6
        ? [{ chain: random() < 0.7 ? 'ethereum' : 'bsc', address: address(index) } as const]
        : [];
    return {
      coinGeckoId: index % 7 === 3 ? null : slug,
      coinPaprikaId: index % 7 === 5 ? null : `${symbol.toLowerCase()}-${slug}`,
      symbol,
      name,
      price: significant(10 ** (random() * 9 - 6)),
      marketCap,
      volume24h: Math.round(marketCap * (0.002 + random() * 0.1)),
      change24h: Math.round((random() * 24 - 12) * 100) / 100,
      contracts,
    };
  });
}

/** An address that nobody has: its first half is zeros. */
function address(index: number): string {
  return `0x${'0'.repeat(20)}${Math.imul(index + 1, 2_654_435_761)
    .toString(16)
    .replace('-', 'a')
    .padStart(20, 'd')}`;
}

function significant(value: number): number {
  return Number(value.toPrecision(8));
}

/** Mulberry32: the same numbers on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
