import fc from 'fast-check';
import { consensus } from './consensus.js';
import type { VotingListing } from './voting-listing.js';
import { CONTEXT, NOW, before, decide, listing } from '../../test/support/voting-listings.js';

describe('properties', () => {
  const price = fc.oneof(
    fc.constantFrom(null, '0', '-2', 'NaN', '3.8e-18', '1000000000000000', '1e308', '5e-324'),
    fc.integer({ min: 90_000, max: 111_000 }).map((thousandths) => (thousandths / 1000).toFixed(3)),
  );
  const volume = fc.oneof(
    fc.constantFrom(null, '0', '5', '1e300'),
    fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String),
  );
  const arbitrary = fc.record({
    source: fc.constantFrom('alpha', 'beta', 'gamma', 'slow', 'zulu'),
    price,
    marketCap: fc.constantFrom(null, '12', '900', 'NaN', '-4', '3300000000000', '1e16'),
    volume24h: volume,
    priceChange24h: fc.constantFrom(null, '-1.5', 'NaN'),
    rank: fc.constantFrom(null, 0, 3, 900, 4000, NaN),
    quotedAt: fc.option(fc.integer({ min: -40, max: 1500 }).map(before)),
  });
  const several = fc.array(arbitrary, { maxLength: 8 }).map((listings) =>
    listings.map((each, index): VotingListing => ({
      ...each,
      listingId: String(index),
      sourceCoinId: String(index),
    })),
  );

  it('the order of the listings does not matter', () => {
    fc.assert(
      fc.property(
        several.chain((listings) =>
          fc.tuple(fc.constant(listings), fc.shuffledSubarray(listings, { minLength: listings.length })),
        ),
        ([listings, shuffled]) => {
          expect(consensus(shuffled, CONTEXT)).toEqual(consensus(listings, CONTEXT));
        },
      ),
    );
  });

  it('what is served is one of the counted, between their lowest and highest, and a number', () => {
    fc.assert(
      fc.property(several, (listings) => {
        const answer = consensus(listings, CONTEXT);
        const counted = new Set(
          answer.votes.filter(({ vote }) => vote === 'counted').map(({ listingId }) => listingId),
        );
        const prices = listings.filter((each) => counted.has(each.listingId)).map((each) => each.price);
        expect(answer.votes).toHaveLength(listings.length);
        expect(answer.price === null).toBe(counted.size === 0);
        if (counted.size === 0) expect(['unpriced', 'implausible']).toContain(answer.status);
        else expect(prices).toContain(answer.price);
        for (const number of [answer.price, answer.marketCap, answer.volume24h, answer.priceChange24h])
          expect(number === null || Number.isFinite(Number(number))).toBe(true);
        expect(answer.rank === null || answer.rank > 0).toBe(true);
        expect(JSON.stringify(answer)).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });

  it('nothing changes before the moment the answer gives', () => {
    fc.assert(
      fc.property(several, fc.double({ min: 0, max: 1, noNaN: true }), (listings, part) => {
        const answer = consensus(listings, CONTEXT);
        const until = answer.freshUntil?.getTime() ?? NOW.getTime() + 1e9;
        const now = new Date(NOW.getTime() + Math.floor((until - 1 - NOW.getTime()) * part));
        expect(consensus(listings, { ...CONTEXT, now })).toEqual(answer);
      }),
    );
  });

  it('one liar among three never moves the price beyond the honest two, whatever it claims', () => {
    const honest = fc.integer({ min: 1000, max: 1050 }).map(String);
    const claim = fc.record({
      price: fc.oneof(
        fc.integer({ min: 900, max: 1200 }).map(String),
        fc.constantFrom('0', null, '1e-18', '1e15', 'NaN'),
      ),
      volume24h: volume,
    });
    fc.assert(
      fc.property(
        fc.tuple(honest, honest),
        fc.tuple(volume, volume),
        claim,
        fc.shuffledSubarray(['alpha', 'beta', 'gamma'], { minLength: 3 }),
        (prices, volumes, lie, [first = '', second = '', liar = '']) => {
          const answer = decide(
            listing(first, prices[0], { volume24h: volumes[0] }),
            listing(second, prices[1], { volume24h: volumes[1] }),
            listing(liar, lie.price, { volume24h: lie.volume24h }),
          );
          expect(answer.status).toBe('agreed');
          expect(Number(answer.price)).toBeGreaterThanOrEqual(Math.min(...prices.map(Number)));
          expect(Number(answer.price)).toBeLessThanOrEqual(Math.max(...prices.map(Number)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('one liar among three puts the coin no higher than the honest two do', () => {
    const amount = (min: number, max: number): fc.Arbitrary<string> => fc.integer({ min, max }).map(String);
    const honest = fc.record({
      marketCap: amount(1_000_000, 3_000_000),
      rank: fc.integer({ min: 900, max: 1100 }),
      volume24h: amount(1, 5000),
      price: amount(1000, 1050),
    });
    const lie = fc.record({
      marketCap: fc.constantFrom('3300000000000', '40000000', '1', null),
      rank: fc.constantFrom(1, 20, 5000, null),
      volume24h: fc.constantFrom('5', '4000000000', '9e14', null),
      price: fc.constantFrom('1020', '9000', '1'),
    });
    fc.assert(
      fc.property(
        fc.tuple(honest, honest),
        lie,
        fc.shuffledSubarray(['alpha', 'beta', 'gamma'], { minLength: 3 }),
        ([one, other], liar, [first = '', second = '', third = '']) => {
          const answer = decide(
            listing(first, one.price, one),
            listing(second, other.price, other),
            listing(third, liar.price, liar),
          );
          expect(Number(answer.marketCap ?? 0)).toBeLessThanOrEqual(30_000_000);
          expect(answer.rank ?? 1000).toBeGreaterThanOrEqual(90);
          expect(Number(answer.volume24h ?? 0)).toBeLessThanOrEqual(5_000_000);
        },
      ),
    );
  });

  it('all prices times something is the consensus times it', () => {
    const scalable = fc.array(
      fc.record({
        source: fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'epsilon'),
        // Powers of two times small numbers: scaling is exact in binary floating point.
        price: fc.integer({ min: 60, max: 80 }),
        volume24h: volume,
        quotedAt: fc.integer({ min: 0, max: 90 }).map(before),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(scalable, fc.constantFrom(2 ** -20, 0.5, 2, 1024), (quotes, factor) => {
        const at = (scale: number): ReturnType<typeof decide> =>
          decide(
            ...quotes.map((quote, index) =>
              listing(quote.source, String(quote.price * scale), {
                ...quote,
                price: String(quote.price * scale),
                listingId: String(index),
                sourceCoinId: String(index),
              }),
            ),
          );
        const [plain, scaled] = [at(1), at(factor)];
        const price = plain.price === null ? null : String(Number(plain.price) * factor);
        expect(scaled).toEqual({ ...plain, price });
      }),
    );
  });

  it('a stale quote never counts beside a fresh one, and a source never twice', () => {
    fc.assert(
      fc.property(several, (listings) => {
        const { votes } = consensus(listings, CONTEXT);
        const counted = listings.filter(({ listingId }) =>
          votes.some((vote) => vote.listingId === listingId && ['counted', 'rejected'].includes(vote.vote)),
        );
        const isFresh = ({ source, quotedAt }: VotingListing): boolean => {
          const age = (NOW.getTime() - (quotedAt?.getTime() ?? NaN)) / 60_000;
          // A clock further ahead is no time at all.
          return age >= -15 && age < CONTEXT.freshMinutes(source);
        };
        expect([0, counted.length]).toContain(counted.filter(isFresh).length);
        expect(new Set(counted.map(({ source }) => source)).size).toBe(counted.length);
      }),
    );
  });

  it('no implausible listing counts beside a plausible one', () => {
    fc.assert(
      fc.property(several, (listings) => {
        const answer = consensus(listings, CONTEXT);
        const counted = answer.votes.filter(({ vote }) => vote === 'counted');
        const implausible = counted.filter((vote) => vote.implausible);
        expect([0, counted.length]).toContain(implausible.length);
        if (implausible.length > 0) expect(answer).toMatchObject({ marketCap: null, status: 'implausible' });
      }),
    );
  });
});
