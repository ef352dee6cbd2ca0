import { chainCalled } from './chains.js';

/*
 * How listings of different sources are spelled alike. What is normalised is stored and indexed, so a change here
 * needs `npm run rebuild`. Every function leaves its own result as it is.
 */

/** What shows nothing, such as a zero-width space or a byte-order mark. */
const INVISIBLE = /\p{Cf}/gu;
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Everything but letters, digits and their marks, `+` and pictures: "Aave+" is not "Aave", and of some names only
 * the picture tells them apart.
 */
const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}+]+/gu;

const GENERIC_WORDS: ReadonlySet<string> = new Set(['token', 'coin', 'protocol', 'finance', 'network']);

const ZERO_ADDRESS = /^0x0+$/;
/** Written by some for "the chain's own coin", which every chain has. */
const NATIVE_ADDRESS = /^0xe{40}$/;

/** The symbol without case, white space and a leading `$`; never empty unless the symbol is. */
export function normaliseSymbol(symbol: string): string {
  const closed = symbol.normalize('NFKC').replace(INVISIBLE, '').replace(/\s+/gu, '').toLowerCase();
  // What a space stood between is in its order now.
  const plain = closed.normalize('NFC');
  return plain.replace(/^\$+/, '') || plain;
}

/**
 * The words of a name, without case, accents and punctuation. Remarks in brackets stay as words: "Foo [OLD]" is
 * not "Foo".
 */
export function normaliseName(name: string): string {
  const letters = name
    .replace(/[™®©]/gu, ' ')
    .normalize('NFKD')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(INVISIBLE, '')
    .replace(/['’‘`]/gu, '');
  const words = letters.replace(BETWEEN_WORDS, ' ').trim();
  return (words || letters.replace(/\s+/gu, ' ').trim()).normalize('NFC');
}

/**
 * A normalised name without generic last words and without the gaps between words: "Uniswap Protocol" is
 * "Uniswap", "Yearn Finance" is "YearnFinance". The first word always stays, and so does a gap between digits.
 */
export function bareName(normalisedName: string): string {
  const words = normalisedName.split(' ');
  while (words.length > 1 && GENERIC_WORDS.has(words.at(-1) ?? '')) words.pop();
  const closed = words.join(' ').replace(/(?<!\p{N}) | (?!\p{N})/gu, '');
  // What stood apart may combine now: Korean letters to a syllable.
  return closed.normalize('NFC');
}

/** One name for a chain, whichever source speaks of it. Empty when it names none: CoinGecko has a platform `""`. */
export function normaliseChain(chain: string): string {
  const spelled = chain
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/gu, '-');
  return chainCalled(spelled) ?? spelled;
}

/**
 * The address as one string whoever writes it; empty when it identifies nothing. Hexadecimal addresses ignore
 * case (theirs is a checksum), all others are exact.
 */
export function normaliseAddress(chain: string, address: string): string {
  const trimmed = address.replace(INVISIBLE, '').trim();
  // XDC writes `xdc` for `0x`.
  const prefixed = /^(xdc|xinfin)/i.test(chain) ? trimmed.replace(/^xdc/i, '0x') : trimmed;
  if (!/^0x[0-9a-f]*$/i.test(prefixed)) return trimmed;
  const hexadecimal = prefixed.toLowerCase();
  return ZERO_ADDRESS.test(hexadecimal) || NATIVE_ADDRESS.test(hexadecimal) || hexadecimal === '0x'
    ? ''
    : hexadecimal;
}
