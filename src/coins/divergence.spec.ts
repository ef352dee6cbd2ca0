import { before, decide, listing } from '../../test/support/voting-listings.js';

describe('divergence', () => {
  it('is how far the highest price is above the lowest, and whose they are', () => {
    const answer = decide(listing('alpha', '110'), listing('beta', '100'), listing('gamma', '101'));
    expect(answer.divergence?.percent).toBeCloseTo(10, 10);
    expect(answer.divergence).toMatchObject({ lowestListingId: 'beta-1', highestListingId: 'alpha-1' });
  });

  it('is 0 where the prices are the same, and nothing where there is one', () => {
    expect(decide(listing('alpha', '5'), listing('beta', '5')).divergence?.percent).toBe(0);
    expect(decide(listing('alpha', '5')).divergence).toBeNull();
    expect(decide(listing('alpha', '5'), listing('beta', null), listing('gamma', '0')).divergence).toBeNull();
  });

  it('counts those who were rejected or are implausible: they are what somebody should look at', () => {
    const rejected = decide(listing('alpha', '10'), listing('beta', '10'), listing('gamma', '30'));
    expect(rejected.divergence).toMatchObject({ percent: 200, highestListingId: 'gamma-1' });
    const absurd = { marketCap: '3300000000000', volume24h: '5' };
    const implausible = decide(listing('alpha', '40', absurd), listing('beta', '10'));
    expect(implausible.divergence).toMatchObject({ percent: 300, highestListingId: 'alpha-1' });
  });

  it('compares neither two listings of one source, nor stale and undated ones', () => {
    const second = listing('alpha', '9', { listingId: 'alpha-2', sourceCoinId: 'other' });
    expect(decide(listing('alpha', '5'), second).divergence).toBeNull();
    for (const quotedAt of [before(61), null])
      expect(decide(listing('alpha', '5'), listing('beta', '9', { quotedAt })).divergence).toBeNull();
    const stale = { quotedAt: before(5000) };
    expect(decide(listing('alpha', '5', stale), listing('beta', '9', stale)).divergence).toBeNull();
  });

  it('compares only what is of nearly the same time', () => {
    const slow = (minutes: number): object => ({ quotedAt: before(minutes) });
    expect(decide(listing('alpha', '5'), listing('slow', '6', slow(61))).divergence?.percent).toBe(20);
    expect(decide(listing('alpha', '5'), listing('slow', '6', slow(62))).divergence).toBeNull();
    const answer = decide(
      listing('alpha', '5'),
      listing('beta', '5.5', slow(50)),
      listing('slow', '9', slow(100)),
    );
    expect(answer.divergence).toMatchObject({ lowestListingId: 'beta-1', highestListingId: 'slow-1' });
  });

  it('goes to the most trusted of pairs that are equally far apart', () => {
    const answer = decide(listing('gamma', '12'), listing('beta', '12'), listing('alpha', '10'));
    expect(answer.divergence).toMatchObject({ lowestListingId: 'alpha-1', highestListingId: 'beta-1' });
  });

  it('stays a number for prices that floating point can’t divide', () => {
    expect(decide(listing('alpha', '5e-324'), listing('beta', '1e15')).divergence?.percent).toBe(1e12);
  });
});
