import fc from 'fast-check';
import { NOON, address, minutesLater } from '../../test/support/invented-listings.js';
import type { ListingEvidence } from './listing-evidence.js';
import { match } from './matcher.js';

describe('whatever listings come', () => {
  const digit = fc.constantFrom('1', '2', '3', '4');
  const evidence = fc.record({
    source: fc.constantFrom('coingecko', 'coinpaprika', 'csv'),
    symbol: fc.constantFrom('ACM', '$acm', 'XYZ'),
    name: fc.constantFrom('Acme', 'ACME Token', 'Acme [OLD]', 'Other', 'Zed', 'Yak'),
    contracts: fc.array(
      fc.record({
        chain: fc.constantFrom('ethereum', 'eth-ethereum', 'base', ''),
        address: digit.map(address),
      }),
      { maxLength: 3 },
    ),
    contractsSeenAt: fc.constantFrom(null, NOON, minutesLater(60 * 24 * 60)),
    idSymbol: fc.constantFrom(null, 'acm', 'old'),
    idName: fc.constantFrom(null, 'acme', 'other', 'zed 2'),
    active: fc.boolean(),
    price: fc.constantFrom(null, '1', '1.04', '1.5', '4'),
    marketCap: fc.constantFrom(null, '1000', '5000', '90000'),
    quotedAt: fc.constantFrom(null, NOON, minutesLater(50), minutesLater(100)),
    coinId: fc.constantFrom(null, null, null, 'acme', 'other', 'third'),
  });
  const listings = fc
    .array(evidence, { maxLength: 14 })
    .map((all) => all.map((each, index): ListingEvidence => ({ ...each, sourceCoinId: `id-${index}` })));
  const crosswalk = fc.uniqueArray(
    fc.record({
      coinId: fc.constantFrom('acme', 'curated'),
      source: fc.constantFrom('coingecko', 'csv'),
      sourceCoinId: fc.nat(14).map((index) => `id-${index}`),
    }),
    { selector: ({ source, sourceCoinId }) => `${source} ${sourceCoinId}`, maxLength: 3 },
  );
  const split = (all: readonly ListingEvidence[]): [ListingEvidence[], ListingEvidence[]] => [
    all.filter(({ coinId }) => coinId === null),
    all.filter(({ coinId }) => coinId !== null),
  ];

  it('the order of listings, contracts, keys and crosswalk does not matter', () => {
    const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...items], { minLength: items.length });
    const reversedKeys = (each: ListingEvidence): ListingEvidence =>
      Object.fromEntries(Object.entries(each).reverse()) as unknown as ListingEvidence;
    fc.assert(
      fc.property(
        fc
          .tuple(listings, crosswalk)
          .chain(([all, book]) => fc.tuple(fc.constant([all, book] as const), shuffled(all), shuffled(book))),
        ([[all, book], otherAll, otherBook]) => {
          const other = otherAll.map((each) =>
            reversedKeys({ ...each, contracts: [...each.contracts].reverse() }),
          );
          expect(match(...split(other), otherBook)).toEqual(match(...split(all), book));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('each fresh listing is in one group, and automatic steps put one listing of a source into a coin', () => {
    fc.assert(
      fc.property(listings, crosswalk, (all, book) => {
        const [fresh, known] = split(all);
        const groups = match(fresh, known, book);
        const placed = groups.flatMap(({ members }) =>
          members.map((member) => `${member.source} ${member.sourceCoinId}`),
        );
        expect([...placed].sort()).toEqual(fresh.map((each) => `${each.source} ${each.sourceCoinId}`).sort());
        for (const { coinId, members } of groups) {
          const automatic = members.filter(({ method }) => method !== 'crosswalk' && method !== 'own');
          const others = [...members, ...known.filter((each) => coinId !== null && each.coinId === coinId)];
          for (const { source } of automatic)
            expect(others.filter((each) => each.source === source)).toHaveLength(1);
          if (members.some(({ method }) => method === 'own')) {
            expect(members).toHaveLength(1);
            expect(coinId).toBeNull();
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
