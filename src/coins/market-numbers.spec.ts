import { before, decide, doubts, listing } from '../../test/support/voting-listings.js';

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
      listing('beta', '1', { quotedAt: before(600), marketCap: '9' }),
    );
    expect(answer.marketCap).toBeNull();
  });
});

describe('numbers that sources contradict each other in', () => {
  const cap = (marketCap: string, volume24h: string | null, rank: number | null = null): object => ({
    marketCap,
    volume24h,
    rank,
  });

  it('are those of the listing that is served as long as they are of one order', () => {
    const answer = decide(
      listing('alpha', '1', cap('1000', '51', 10)),
      listing('beta', '1', cap('9999', '50', 99)),
    );
    expect(answer).toMatchObject({ marketCap: '1000', rank: 10 });
    expect(doubts(answer, 'alpha-1')).toEqual([]);
  });

  it('are those with more trade behind them, whoever is trusted', () => {
    const answer = decide(
      listing('alpha', '1', cap('5000000000', '5', 30)),
      listing('beta', '1', cap('400000', '90', 2000)),
    );
    expect(answer).toMatchObject({ marketCap: '400000', rank: 2000 });
    expect(doubts(answer, 'alpha-1')).toEqual([
      'its market cap is more than 10 times off that of beta',
      'its rank is more than 10 times off that of beta',
    ]);
    expect(doubts(answer, 'beta-1')).toEqual([]);
  });

  it('keep a great coin great that one source calls small', () => {
    const answer = decide(
      listing('alpha', '1', cap('2000000', '2000', 3000)),
      listing('beta', '1', cap('2000000000000', '20000000000', 1)),
    );
    expect(answer).toMatchObject({ marketCap: '2000000000000', rank: 1 });
  });

  it.each([null, '7'])('are the modest ones where trade does not tell (%p)', (volume24h) => {
    const answer = decide(
      listing('alpha', '1', cap('5000000000', '7', 30)),
      listing('beta', '1', cap('400000', volume24h, 2000)),
    );
    expect(answer).toMatchObject({ marketCap: '400000', rank: 2000 });
  });

  it('are the majority’s, however much trade one claims', () => {
    const answer = decide(
      listing('alpha', '1', cap('5000000000', '900000000', 3)),
      listing('beta', '1', cap('400000', '1', 2000)),
      listing('gamma', '1', cap('500000', '2', 1900)),
    );
    // The volume is within bounds of nobody's, so it isn't taken either.
    expect(answer).toMatchObject({ marketCap: '400000', rank: 2000, volume24h: '1' });
  });

  it('are nobody’s where the one whose price is served is contradicted and the other’s price is off', () => {
    const answer = decide(
      listing('alpha', '9000', cap('5000000000', '5', 30)),
      listing('beta', '0.01', cap('400000', '90', 2000)),
    );
    expect(answer).toMatchObject({ price: '9000', status: 'disputed', marketCap: null, rank: null });
  });

  it('of volumes the modest one is taken', () => {
    const answer = decide(
      listing('alpha', '1', { volume24h: '90000000' }),
      listing('beta', '1', { volume24h: '8000' }),
    );
    expect(answer.volume24h).toBe('8000');
    expect(doubts(answer, 'alpha-1')).toEqual(['its volume is more than 1000 times off that of beta']);
  });
});
