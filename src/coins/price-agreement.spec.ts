import type { Vote } from './consensus.js';
import type { VotingListing } from './voting-listing.js';
import { CONTEXT, decide, listing, votes } from '../../test/support/voting-listings.js';

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
