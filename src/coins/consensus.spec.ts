import { NOW, before, decide, doubts, listing, votes } from '../../test/support/voting-listings.js';

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
      divergence: null,
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
      asOf: before(1),
      freshUntil: new Date(NOW.getTime() + 59 * 60_000),
    });
    expect(votes(answer)).toEqual({ alpha: 'counted', beta: 'unpriced' });
  });
});

describe('numbers that cannot be right', () => {
  // As recorded of a dead token, which its source ranked first.
  const absurd = { marketCap: '3300000000000', volume24h: '5', rank: 1, priceChange24h: '2' };
  const sober = { marketCap: '410000', volume24h: '5', rank: 2480 };

  it('have no vote beside plausible ones, however trusted their source', () => {
    const answer = decide(listing('alpha', '3300', absurd), listing('beta', '0.00041', sober));
    expect(answer).toMatchObject({ price: '0.00041', marketCap: '410000', rank: 2480, status: 'single' });
    expect(votes(answer)).toEqual({ alpha: 'implausible', beta: 'counted' });
    expect(answer.votes.map(({ implausible }) => implausible)).toEqual([true, false]);
    expect(doubts(answer, 'alpha-1')).toEqual([
      'a market cap of 3.3 trillion USD on a day’s volume of 5 USD',
    ]);
  });

  it('flag the coin when there is no other word, and put it at the top of nothing', () => {
    const answer = decide(listing('alpha', '3300', absurd));
    expect(answer).toMatchObject({
      price: '3300',
      marketCap: null,
      rank: null,
      volume24h: '5',
      priceChange24h: '2',
      status: 'implausible',
    });
    expect(votes(answer)).toEqual({ alpha: 'counted' });
  });

  it('flag it too when the other word is too old, or has no price', () => {
    const old = listing('beta', '0.00041', { ...sober, quotedAt: before(61) });
    expect(decide(listing('alpha', '3300', absurd), old)).toMatchObject({
      price: '3300',
      status: 'implausible',
      rank: null,
    });
    expect(decide(listing('alpha', '3300', absurd), listing('beta', null, sober))).toMatchObject({
      status: 'implausible',
      rank: null,
    });
  });

  it('are not served where even the price is absurd', () => {
    const answer = decide(listing('alpha', '2e15'));
    expect(answer).toMatchObject({ price: null, status: 'implausible', asOf: null });
    expect(votes(answer)).toEqual({ alpha: 'implausible' });
    expect(decide(listing('alpha', '2e15'), listing('beta', '7'))).toMatchObject({
      price: '7',
      status: 'single',
    });
  });

  it('leave the vote of a listing that is doubted for its volume or change alone', () => {
    const answer = decide(listing('alpha', '7', { priceChange24h: '-100.5', volume24h: '1e18', rank: 3 }));
    expect(answer).toMatchObject({
      price: '7',
      status: 'single',
      volume24h: null,
      priceChange24h: null,
      rank: 3,
    });
  });
});
