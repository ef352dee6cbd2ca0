import { consensus } from './consensus.js';
import { CONTEXT, NOW, before, decide, listing, votes } from '../../test/support/voting-listings.js';

describe('age', () => {
  it('a stale price has no vote while a fresh one exists', () => {
    const answer = decide(listing('alpha', '100', { quotedAt: before(61) }), listing('beta', '500'));
    expect(answer).toMatchObject({ price: '500', status: 'single' });
    expect(votes(answer)).toEqual({ alpha: 'stale', beta: 'counted' });
  });

  it('is counted by the source: what is old for one is fresh for another', () => {
    const answer = decide(listing('slow', '100', { quotedAt: before(599) }));
    expect(answer).toMatchObject({ status: 'single', freshUntil: new Date(NOW.getTime() + 60_000) });
  });

  it('is fresh up to the last millisecond, and stale when the answer said it would be', () => {
    const quote = listing('alpha', '100', { quotedAt: before(20) });
    const until = decide(quote).freshUntil?.getTime() ?? NaN;
    const at = (time: number): string => consensus([quote], { ...CONTEXT, now: new Date(time) }).status;
    expect([at(until - 1), at(until)]).toEqual(['single', 'stale']);
  });

  it('without a fresh price the newest and those of its time decide, as of then', () => {
    const old = before(3000);
    const answer = decide(
      listing('alpha', '1', { quotedAt: before(9000) }),
      listing('beta', '100', { quotedAt: old, volume24h: '1' }),
      listing('gamma', '101', { quotedAt: before(3050), volume24h: '2' }),
    );
    expect(answer).toMatchObject({ price: '101', status: 'stale', asOf: before(3050), freshUntil: null });
    expect(votes(answer)).toEqual({ alpha: 'stale', beta: 'counted', gamma: 'counted' });
  });

  it('undated prices vote only when nothing is dated', () => {
    const undated = listing('alpha', '7', { quotedAt: null });
    const beside = decide(undated, listing('beta', '100', { quotedAt: before(99_999) }));
    expect(beside).toMatchObject({ price: '100', status: 'stale' });
    expect(votes(beside)).toEqual({ alpha: 'undated', beta: 'counted' });
    expect(decide(undated)).toMatchObject({ price: '7', status: 'stale', asOf: null, freshUntil: null });
  });

  it('a clock a little ahead is fresh, one of next year has no say', () => {
    const ahead = listing('alpha', '7', { quotedAt: before(-2) });
    expect(decide(ahead)).toMatchObject({ status: 'single', asOf: before(-2) });
    const absurd = listing('alpha', '7', { quotedAt: before(-500_000) });
    expect(decide(absurd, listing('beta', '9'))).toMatchObject({ price: '9', status: 'single' });
    expect(decide(listing('alpha', '7', { quotedAt: new Date(NaN) }))).toMatchObject({ asOf: null });
  });

  it('a quote from the future gets its vote when its time has come', () => {
    const tomorrow = listing('alpha', '7', { quotedAt: before(-1440) });
    const until = decide(tomorrow).freshUntil?.getTime() ?? NaN;
    const at = (time: number): string => consensus([tomorrow], { ...CONTEXT, now: new Date(time) }).status;
    expect([at(until - 1), at(until)]).toEqual(['stale', 'single']);
  });

  it('the answer ends with the first vote to expire, a rejected one too', () => {
    const answer = decide(
      listing('alpha', '900', { quotedAt: before(50) }),
      listing('beta', '100'),
      listing('gamma', '101'),
    );
    expect(votes(answer)).toMatchObject({ alpha: 'rejected' });
    expect(answer.freshUntil).toEqual(new Date(NOW.getTime() + 10 * 60_000));
  });
});

describe('two listings of one source', () => {
  const old = { listingId: 'beta-old', sourceCoinId: 'old' };

  it('have one vote: the one that is traded more', () => {
    const answer = decide(
      listing('alpha', '100'),
      listing('beta', '101', { volume24h: '9' }),
      listing('beta', '300', { ...old, volume24h: '10' }),
    );
    expect(answer).toMatchObject({ price: '100', status: 'disputed' });
    expect(votes(answer)).toEqual({ alpha: 'counted', beta: 'duplicate', 'beta-old': 'counted' });
    expect(answer.votes.find(({ vote }) => vote === 'duplicate')?.reason).toBe(
      'beta votes by another listing of it',
    );
  });

  it('are not three sources that agree against one', () => {
    const answer = decide(
      listing('alpha', '100'),
      ...['a', 'b', 'c'].map((id) => listing('beta', '300', { listingId: id, sourceCoinId: id })),
    );
    expect(answer).toMatchObject({ price: '100', status: 'disputed' });
  });

  it('of which neither is traded more vote by the first of the source’s ids, whichever we saw first', () => {
    const [one, other] = [
      listing('beta', '1', { listingId: '9', sourceCoinId: 'b' }),
      listing('beta', '2', { listingId: '10', sourceCoinId: 'a' }),
    ];
    expect(decide(one, other).price).toBe('2');
    expect(decide({ ...one, listingId: '11' }, other).price).toBe('2');
  });

  it('vote by the one that is fresh, and of fresh ones by the one that is plausible', () => {
    const traded = { volume24h: '5000', marketCap: '70000' };
    expect(
      decide(listing('beta', '1', { ...traded, quotedAt: before(61) }), listing('beta', '2', old)).price,
    ).toBe('2');
    const absurd = { ...traded, marketCap: '9e12' };
    const answer = decide(listing('beta', '1', absurd), listing('beta', '2', old));
    expect(answer).toMatchObject({ price: '2', status: 'single' });
    expect(votes(answer)).toEqual({ beta: 'duplicate', 'beta-old': 'counted' });
  });
});
