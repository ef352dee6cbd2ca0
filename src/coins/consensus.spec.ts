import fc from 'fast-check';
import { consensus } from './consensus.js';
import type { Consensus, ConsensusContext, Vote, VotingListing } from './consensus.js';

const NOW = new Date('2025-03-01T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

const CONTEXT: ConsensusContext = {
  now: NOW,
  limitPercent: 5,
  preference: ['alpha', 'beta', 'gamma', 'delta', 'epsilon'],
  freshMinutes: (source) => (source === 'slow' ? 600 : 60),
};

const listing = (source: string, price: string | null, more: Partial<VotingListing> = {}): VotingListing => ({
  listingId: `${source}-1`,
  source,
  price,
  marketCap: null,
  volume24h: null,
  priceChange24h: null,
  rank: null,
  quotedAt: minutesAgo(1),
  ...more,
});

const decide = (...listings: VotingListing[]): Consensus => consensus(listings, CONTEXT);
const votes = (answer: Consensus): Record<string, Vote> =>
  Object.fromEntries(answer.votes.map(({ listingId, vote }) => [listingId.replace('-1', ''), vote]));

describe('without a choice', () => {
  it('knows nothing of a coin nobody lists', () => {
    expect(decide()).toEqual({
      price: null,
      marketCap: null,
      volume24h: null,
      priceChange24h: null,
      rank: null,
      status: 'unpriced',
      asOf: null,
      freshUntil: null,
      votes: [],
    });
  });

  it.each([null, '0', '0.000', '-1', 'NaN', 'Infinity', '1e999', '', ' ', '0x10', 'abc'])(
    'never serves %p as a price',
    (price) => {
      const answer = decide(listing('alpha', price, { marketCap: '5', rank: 1 }));
      expect(answer).toMatchObject({
        price: null,
        marketCap: null,
        rank: null,
        status: 'unpriced',
        asOf: null,
      });
      expect(votes(answer)).toEqual({ alpha: 'unpriced' });
    },
  );

  it('marks one fresh price single and keeps its digits', () => {
    const answer = decide(listing('alpha', '0.0000000000000000038010'), listing('beta', null));
    expect(answer).toMatchObject({
      price: '0.0000000000000000038010',
      status: 'single',
      asOf: minutesAgo(1),
      freshUntil: new Date(NOW.getTime() + 59 * 60_000),
    });
    expect(votes(answer)).toEqual({ alpha: 'counted', beta: 'unpriced' });
  });
});

describe('two prices', () => {
  it('agree at the limit itself', () => {
    expect(decide(listing('alpha', '1.00'), listing('beta', '1.05')).status).toBe('agreed');
    expect(decide(listing('alpha', '1.00'), listing('beta', '1.0501')).status).toBe('disputed');
  });

  it('agree on the one with the larger volume, whoever that is', () => {
    const small = { volume24h: '10' };
    const large = { volume24h: '11.5' };
    expect(decide(listing('alpha', '100', small), listing('beta', '101', large)).price).toBe('101');
    expect(decide(listing('alpha', '100', large), listing('beta', '101', small)).price).toBe('100');
  });

  it.each([null, '0', '-3', 'NaN'])('agree on the more trusted one when a volume is %p', (volume24h) => {
    const answer = decide(listing('beta', '101', { volume24h: '9' }), listing('alpha', '100', { volume24h }));
    expect(answer).toMatchObject({ price: '100', status: 'agreed' });
  });

  it('are both counted in a dispute, and the more trusted one is served', () => {
    const answer = decide(
      listing('beta', '200', { volume24h: '9' }),
      listing('alpha', '100', { volume24h: '1' }),
    );
    expect(answer).toMatchObject({ price: '100', status: 'disputed' });
    expect(votes(answer)).toEqual({ alpha: 'counted', beta: 'counted' });
  });

  it('may be of unknown sources: those come last, by name', () => {
    expect(decide(listing('zulu', '1'), listing('yankee', '9')).price).toBe('9');
    expect(decide(listing('zulu', '1'), listing('yankee', '9'), listing('epsilon', null)).price).toBe('9');
    expect(decide(listing('yankee', '9'), listing('epsilon', '5')).price).toBe('5');
  });
});

describe('three prices and more', () => {
  it('reject the one that is far away, and say by how much', () => {
    const answer = decide(listing('alpha', '150'), listing('beta', '100'), listing('gamma', '101'));
    expect(answer).toMatchObject({ price: '100', status: 'agreed' });
    expect(votes(answer)).toEqual({ alpha: 'rejected', beta: 'counted', gamma: 'counted' });
    expect(answer.votes[0]?.reason).toBe('48.5 % away from the median, more than 5 %');
  });

  it('are disputed when no majority agrees', () => {
    const answer = decide(listing('gamma', '300'), listing('alpha', '200'), listing('beta', '100'));
    expect(answer).toMatchObject({ price: '200', status: 'disputed' });
  });

  it('are disputed when the two that are left are only near their own middle', () => {
    expect(decide(listing('alpha', '100'), listing('beta', '109'), listing('gamma', '200')).status).toBe(
      'disputed',
    );
  });

  it('need more than half: two of four are no majority', () => {
    const answer = decide(
      listing('alpha', '100'),
      listing('beta', '100'),
      listing('gamma', '200'),
      listing('delta', '400'),
    );
    expect(answer).toMatchObject({ price: '100', status: 'disputed' });
  });

  it('move the median as they leave: a second liar hidden behind the first is found', () => {
    const prices = ['100', '101', '102', '140', '9000'];
    const answer = decide(...prices.map((price, index) => listing(CONTEXT.preference[index] ?? '', price)));
    expect(answer).toMatchObject({ price: '101', status: 'agreed' });
    expect(votes(answer)).toMatchObject({ delta: 'rejected', epsilon: 'rejected' });
  });

  it('let the less trusted of two equally far ones go first', () => {
    const far = (low: string, high: string): Record<string, Vote> =>
      votes(decide(listing(low, '94'), listing('beta', '98'), listing('gamma', '102'), listing(high, '106')));
    expect(far('alpha', 'delta')).toMatchObject({ alpha: 'counted', delta: 'rejected' });
    expect(far('delta', 'alpha')).toMatchObject({ alpha: 'counted', delta: 'rejected' });
  });

  it('weigh by volume', () => {
    const heavy = (source: string, price: string, volume24h: string): VotingListing =>
      listing(source, price, { volume24h });
    const answer = decide(
      heavy('alpha', '100', '1'),
      heavy('beta', '101', '1'),
      heavy('gamma', '102', '3'),
      heavy('delta', '103', '3'),
    );
    expect(answer).toMatchObject({ price: '102', status: 'agreed' });
  });
});

describe('age', () => {
  it('a stale price has no vote while a fresh one exists', () => {
    const answer = decide(listing('alpha', '100', { quotedAt: minutesAgo(61) }), listing('beta', '500'));
    expect(answer).toMatchObject({ price: '500', status: 'single' });
    expect(votes(answer)).toEqual({ alpha: 'stale', beta: 'counted' });
  });

  it('is counted by the source: what is old for one is fresh for another', () => {
    const answer = decide(listing('slow', '100', { quotedAt: minutesAgo(599) }));
    expect(answer).toMatchObject({ status: 'single', freshUntil: new Date(NOW.getTime() + 60_000) });
  });

  it('is fresh up to the last millisecond, and stale when the answer said it would be', () => {
    const quote = listing('alpha', '100', { quotedAt: minutesAgo(20) });
    const until = decide(quote).freshUntil?.getTime() ?? NaN;
    const at = (time: number): string => consensus([quote], { ...CONTEXT, now: new Date(time) }).status;
    expect([at(until - 1), at(until)]).toEqual(['single', 'stale']);
  });

  it('without a fresh price the newest and those of its time decide, as of then', () => {
    const old = minutesAgo(3000);
    const answer = decide(
      listing('alpha', '1', { quotedAt: minutesAgo(9000) }),
      listing('beta', '100', { quotedAt: old, volume24h: '1' }),
      listing('gamma', '101', { quotedAt: minutesAgo(3050), volume24h: '2' }),
    );
    expect(answer).toMatchObject({ price: '101', status: 'stale', asOf: minutesAgo(3050), freshUntil: null });
    expect(votes(answer)).toEqual({ alpha: 'stale', beta: 'counted', gamma: 'counted' });
  });

  it('undated prices vote only when nothing is dated', () => {
    const undated = listing('alpha', '7', { quotedAt: null });
    const beside = decide(undated, listing('beta', '100', { quotedAt: minutesAgo(99_999) }));
    expect(beside).toMatchObject({ price: '100', status: 'stale' });
    expect(votes(beside)).toEqual({ alpha: 'undated', beta: 'counted' });
    expect(decide(undated)).toMatchObject({ price: '7', status: 'stale', asOf: null, freshUntil: null });
  });

  it('a clock a little ahead is fresh, one of next year has no say', () => {
    const ahead = listing('alpha', '7', { quotedAt: minutesAgo(-2) });
    expect(decide(ahead)).toMatchObject({ status: 'single', asOf: minutesAgo(-2) });
    const absurd = listing('alpha', '7', { quotedAt: minutesAgo(-500_000) });
    expect(decide(absurd, listing('beta', '9'))).toMatchObject({ price: '9', status: 'single' });
    expect(decide(listing('alpha', '7', { quotedAt: new Date(NaN) }))).toMatchObject({ asOf: null });
  });

  it('a quote from the future gets its vote when its time has come', () => {
    const tomorrow = listing('alpha', '7', { quotedAt: minutesAgo(-1440) });
    const until = decide(tomorrow).freshUntil?.getTime() ?? NaN;
    const at = (time: number): string => consensus([tomorrow], { ...CONTEXT, now: new Date(time) }).status;
    expect([at(until - 1), at(until)]).toEqual(['stale', 'single']);
  });

  it('the answer ends with the first vote to expire, a rejected one too', () => {
    const answer = decide(
      listing('alpha', '900', { quotedAt: minutesAgo(50) }),
      listing('beta', '100'),
      listing('gamma', '101'),
    );
    expect(votes(answer)).toMatchObject({ alpha: 'rejected' });
    expect(answer.freshUntil).toEqual(new Date(NOW.getTime() + 10 * 60_000));
  });
});

describe('the other numbers', () => {
  it('come from the served listing, gaps from the other counted ones by trust', () => {
    const answer = decide(
      listing('gamma', '100', { volume24h: '50', priceChange24h: '-3.50' }),
      listing('beta', '100', { marketCap: '2000', volume24h: '5', rank: 8, priceChange24h: '1' }),
      listing('alpha', '101', { marketCap: '1000', volume24h: '5', rank: 0 }),
    );
    expect(answer).toMatchObject({ price: '100', marketCap: '1000', rank: 8 });
  });

  it('never come from a listing whose price contradicts what is served', () => {
    const answer = decide(
      listing('alpha', '0.01'),
      listing('beta', '90', { marketCap: '3300000000000', rank: 1 }),
    );
    expect(answer).toMatchObject({ price: '0.01', status: 'disputed', marketCap: null, rank: null });
  });

  it('never come from stale listings', () => {
    const answer = decide(
      listing('alpha', '1'),
      listing('beta', '1', { quotedAt: minutesAgo(600), marketCap: '9' }),
    );
    expect(answer.marketCap).toBeNull();
  });
});

describe('properties', () => {
  const price = fc.oneof(
    fc.constantFrom(null, '0', '-2', 'NaN', '3.8e-18', '1000000000000000', '1e308', '5e-324'),
    fc.integer({ min: 90_000, max: 111_000 }).map((thousandths) => (thousandths / 1000).toFixed(3)),
  );
  const volume = fc.oneof(
    fc.constantFrom(null, '0', '1e300'),
    fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String),
  );
  const arbitrary = fc.record({
    source: fc.constantFrom('alpha', 'beta', 'gamma', 'slow', 'zulu'),
    price,
    marketCap: fc.constantFrom(null, '12', 'NaN', '-4'),
    volume24h: volume,
    priceChange24h: fc.constantFrom(null, '-1.5', 'NaN'),
    rank: fc.constantFrom(null, 0, 3, NaN),
    quotedAt: fc.option(fc.integer({ min: -40, max: 1500 }).map(minutesAgo)),
  });
  const several = fc
    .array(arbitrary, { maxLength: 8 })
    .map((listings) => listings.map((each, index): VotingListing => ({ ...each, listingId: String(index) })));

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
        expect(answer.status === 'unpriced').toBe(counted.size === 0);
        if (counted.size === 0) expect(answer.price).toBeNull();
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
});
