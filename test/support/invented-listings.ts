import type { ListingEvidence } from '../../src/identity/listing-evidence.js';
import { match } from '../../src/identity/matcher.js';
import type { CoinGroup, Member } from '../../src/identity/coin-group.js';

export const NOON = new Date('2025-03-01T12:00:00Z');
export const minutesLater = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);
export const address = (digit: string): string => `0x${digit.repeat(40)}`;

/** `gecko/acme ACM "Acme Token"` is the listing `acme` of source `gecko`. */
export function listing(text: string, more: Partial<ListingEvidence> = {}): ListingEvidence {
  const [, source = '', sourceCoinId = '', symbol = '', name = ''] =
    /^(\w+)\/(\S+) (\S+) "(.*)"$/.exec(text) ?? [];
  return {
    source,
    sourceCoinId,
    symbol,
    name,
    idSymbol: null,
    idName: null,
    contracts: [],
    contractsSeenAt: NOON,
    active: true,
    price: null,
    marketCap: null,
    quotedAt: null,
    coinId: null,
    ...more,
  };
}

export const on = (chain: string, digit: string): Pick<ListingEvidence, 'contracts'> => ({
  contracts: [{ chain, address: address(digit) }],
});
export const quoted = (price: string, minutes = 0): Pick<ListingEvidence, 'price' | 'quotedAt'> => ({
  price,
  quotedAt: minutesLater(minutes),
});

/** Which listings came out as one coin: `coin: members`. */
export const outcome = (groups: readonly CoinGroup[]): string[] =>
  groups.map(
    ({ coinId, members }) =>
      `${coinId ?? 'new'}: ${members.map((member) => `${member.source}/${member.sourceCoinId}`).join(' ')}`,
  );

export const decide = (...fresh: ListingEvidence[]): string[] => outcome(match(fresh, [], []));
export const memberOf = (groups: readonly CoinGroup[], id: string): Member | undefined =>
  groups.flatMap(({ members }) => members).find(({ sourceCoinId }) => sourceCoinId === id);
