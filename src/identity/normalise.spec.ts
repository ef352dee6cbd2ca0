import fc from 'fast-check';
import { bareName, normaliseAddress, normaliseChain, normaliseName, normaliseSymbol } from './normalise.js';

const bare = (name: string): string => bareName(normaliseName(name));

describe('symbols', () => {
  it.each([
    ['BTC', 'btc'],
    [' $Pepe ', 'pepe'],
    ['ＵＳＤＴ', 'usdt'],
    ['US\u200bDT', 'usdt'],
    ['A B', 'ab'],
    ['$', '$'],
    ['柴犬', '柴犬'],
  ])('%p is %p', (symbol, expected) => {
    expect(normaliseSymbol(symbol)).toBe(expected);
  });
});

describe('names', () => {
  it.each([
    ['Bitcoin', 'bitcoin'],
    ['  Bitcoin\nCash ', 'bitcoin cash'],
    ['Açaí—Coin', 'acai coin'],
    ['Ｗｒａｐｐｅｄ Ether', 'wrapped ether'],
    ['Yearn.finance', 'yearn finance'],
    ["Trader Joe's", 'trader joes'],
    ['Acme™ (Old)', 'acme old'],
    ['Aave+', 'aave+'],
    ['ガス', 'ガス'],
    ['🐸', '🐸'],
    ['---', '---'],
  ])('%p is %p', (name, expected) => {
    expect(normaliseName(name)).toBe(expected);
  });

  it.each([
    ['Acme [OLD]', 'Acme'],
    ['Acme v2', 'Acme'],
    ['Acme 2', 'Acme'],
    ['Acme+', 'Acme'],
    ['Acme 🐸', 'Acme'],
    ['Bitcoin SV', 'Bitcoin'],
    ['Acme Gold Token', 'Acme Token'],
    ['Acme 2.0', 'Acme 20'],
    ['かか', 'がが'],
    ['Token', 'Coin'],
    ['Coin Protocol', 'Token Protocol'],
  ])('%p is not %p, generic words or not', (one, other) => {
    expect(bare(one)).not.toBe(bare(other));
  });

  it.each([
    ['Uniswap Protocol', 'Uniswap'],
    ['Uniswap Protocol Token', 'UNISWAP'],
    ['Bit Torrent', 'BitTorrent'],
    ['yearn.finance', 'YEARN'],
    ['Level-Up Coin', 'Level Up'],
  ])('%p is %p without generic words and gaps', (one, other) => {
    expect(bare(one)).toBe(bare(other));
  });
});

describe('chains', () => {
  it.each([
    ['ethereum', 'ethereum'],
    ['binance-coin', 'binance-smart-chain'],
    ['polygon', 'polygon-pos'],
    ['avalanche', 'avalanche'],
    ['solana', 'solana'],
    ['tron', 'tron'],
    ['fantom', 'fantom'],
    ['cryptocom-chain', 'cronos'],
    ['harmony', 'harmony-shard-0'],
    ['near-protocol', 'near-protocol'],
    ['klaytn', 'klay-token'],
  ])("CoinPaprika's %p is CoinGecko's %p", (paprika, gecko) => {
    expect(normaliseChain(paprika)).toBe(gecko);
    expect(normaliseChain(gecko)).toBe(gecko);
  });

  it('is tolerant of case and white space, and leaves a chain it does not know as it is', () => {
    expect(normaliseChain(' Binance Smart Chain ')).toBe('binance-smart-chain');
    expect(normaliseChain('Bitcichain')).toBe('bitcichain');
    expect(normaliseChain('new-new-chain')).toBe('new-new-chain');
    expect(normaliseChain('')).toBe('');
  });
});

describe('addresses', () => {
  const ADDRESS = '0x9f8F72aA9304c8B593d555F12eF6589cC3A579A2';

  it('ignore the case of a checksum and white space', () => {
    expect(normaliseAddress('ethereum', ` ${ADDRESS}\n`)).toBe(ADDRESS.toLowerCase());
    expect(normaliseAddress('ethereum', ADDRESS.replace('0x', '0X'))).toBe(ADDRESS.toLowerCase());
    expect(normaliseAddress('xdc-network', ADDRESS.replace('0x', 'xdc'))).toBe(ADDRESS.toLowerCase());
  });

  it('are exact where case carries meaning', () => {
    expect(normaliseAddress('solana', 'So11111111111111111111111111111111111111112')).toBe(
      'So11111111111111111111111111111111111111112',
    );
    expect(normaliseAddress('aptos', '0x1::aptos_coin::AptosCoin')).toBe('0x1::aptos_coin::AptosCoin');
  });

  it.each(['', '  ', '0x', `0x${'0'.repeat(40)}`, `0x${'Ee'.repeat(20)}`])(
    '%p identifies nothing',
    (address) => {
      expect(normaliseAddress('ethereum', address)).toBe('');
    },
  );
});

it('letters that closing a gap brings together are one syllable', () => {
  expect(bareName(normaliseName('\u1100 \u1161'))).toBe('\uAC00');
});

it('marks that losing a space brings together are in their order', () => {
  const symbol = normaliseSymbol('\u{1D15E}\uFC5E');
  expect(normaliseSymbol(symbol)).toBe(symbol);
});

describe('what is normalised stays as it is', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('0x', 'A', 'é', '$', ' ', '-', 'token', '1', 'İ', 'ß', "'", '\u200d'),
    }),
  );

  it.each([
    ['symbol', normaliseSymbol],
    ['name', normaliseName],
    ['bare name', bare],
    ['chain', normaliseChain],
    ['address', (address: string) => normaliseAddress('ethereum', address)],
  ])('%s', (_what, normalise) => {
    fc.assert(
      fc.property(text, (given) => {
        expect(normalise(normalise(given))).toBe(normalise(given));
      }),
      { numRuns: 2000 },
    );
  });
});
