import { doubtsOf, isBelieved, isImplausible } from './plausibility.js';
import type { ListingNumbers } from './voting-listing.js';

const numbers = (said: Partial<ListingNumbers>): ListingNumbers => ({
  price: '1',
  marketCap: null,
  volume24h: null,
  priceChange24h: null,
  rank: null,
  ...said,
});

/** The names of the numbers that aren't believed, and whether the listing as a whole isn't. */
const judged = (said: Partial<ListingNumbers>): { doubted: string[]; implausible: boolean } => {
  const doubts = doubtsOf(numbers(said));
  const names = ['price', 'marketCap', 'volume24h', 'priceChange24h', 'rank'] as const;
  return {
    doubted: names.filter((name) => !isBelieved(doubts, name)),
    implausible: isImplausible(doubts),
  };
};
const FINE = { doubted: [], implausible: false };

describe('what is no coin', () => {
  it.each([
    ['trillions on 5 dollars', { marketCap: '3300000000000', volume24h: '5', rank: 1 }],
    ['trillions on nothing', { marketCap: '3300000000000', volume24h: '0', rank: 1 }],
    ['ten billion on less than a millionth', { marketCap: '10000000000', volume24h: '9999.99', rank: 17 }],
    ['more than all the money', { marketCap: '1.1e15', volume24h: '1e12', rank: 1 }],
  ])('%s', (_what, said) => {
    expect(judged(said)).toEqual({ doubted: ['marketCap', 'rank'], implausible: true });
  });

  it('a great cap that its own source ranks far down', () => {
    expect(judged({ marketCap: '1459715071', volume24h: '94.7', rank: 1203 })).toEqual({
      doubted: ['marketCap'],
      implausible: true,
    });
  });

  it('a price above all the money in the world', () => {
    expect(judged({ price: '1.1e15' })).toEqual({
      doubted: ['price', 'marketCap', 'rank'],
      implausible: true,
    });
  });
});

describe('what is a number gone wrong', () => {
  it.each([
    ['a volume above all the money', { volume24h: '1.1e15' }, ['volume24h']],
    [
      'a volume of a hundred times the cap',
      { volume24h: '20000000000', marketCap: '199999999' },
      ['marketCap', 'volume24h'],
    ],
    ['a fall by more than everything', { priceChange24h: '-100.01' }, ['priceChange24h']],
    ['a rise to ten thousand times', { priceChange24h: '1000001' }, ['priceChange24h']],
  ])('%s', (_what, said, doubted) => {
    expect(judged(said)).toEqual({ doubted, implausible: false });
  });
});

describe('what is strange and real', () => {
  it.each([
    [
      'a lending receipt of 2.4 billion traded for 42 dollars',
      { marketCap: '2449140377', volume24h: '41.83', rank: 53 },
    ],
    ['a fund share that isn’t traded', { marketCap: '2900000000', volume24h: '0', rank: 45 }],
    ['an exchange’s own coin', { marketCap: '9038592749', volume24h: '244032', rank: 24 }],
    ['a great coin on a quiet day', { marketCap: '38558176220', volume24h: '25114324.65', rank: 7 }],
    ['ten billion on a millionth', { marketCap: '10000000000', volume24h: '10000', rank: 17 }],
    ['the greatest of all', { marketCap: '2078569617305', volume24h: '18640938529', rank: 1 }],
    ['a great cap of unknown volume', { marketCap: '2078569617305', rank: 1 }],
    ['a small coin traded 88 times a day', { marketCap: '3668', volume24h: '321796', rank: 1202 }],
    ['a stable coin traded twice a day', { marketCap: '63260000724', volume24h: '127000000000', rank: 3 }],
    ['a billion at rank 1000', { marketCap: '1000000000', volume24h: '5000', rank: 1000 }],
    ['a demoted coin below a billion', { marketCap: '545356679', volume24h: '11.5', rank: 1204 }],
    ['a coin that rose 80 times', { priceChange24h: '7882.62' }],
    ['a coin that lost everything', { priceChange24h: '-100' }],
    ['a price of hundreds of thousands', { price: '393520' }],
    ['a price of 18 zeros', { price: '3.8e-18' }],
    ['nothing known', {}],
    ['nonsense', { marketCap: 'NaN', volume24h: '-5', priceChange24h: 'Infinity', rank: 0 }],
  ])('%s', (_what, said) => {
    expect(judged(said)).toEqual(FINE);
  });
});

it('says why in words', () => {
  const reasons = (said: Partial<ListingNumbers>): string[] =>
    doubtsOf(numbers(said)).map(({ reason }) => reason);
  expect(reasons({ marketCap: '3300000000000', volume24h: '5' })).toEqual([
    'a market cap of 3.3 trillion USD on a day’s volume of 5 USD',
  ]);
  expect(reasons({ marketCap: '12345678900', volume24h: '4321', rank: 4000 })).toEqual([
    'a market cap of 12.3 billion USD on a day’s volume of 4321 USD',
    'a market cap of 12.3 billion USD, which the source itself ranks 4000',
  ]);
  expect(reasons({ marketCap: '2000000', volume24h: '20000000000' })).toEqual([
    'a day’s volume of 20 billion USD on a market cap of 2 million USD',
  ]);
  expect(reasons({ marketCap: '10000000000', volume24h: '0.0000117' })).toEqual([
    'a market cap of 10 billion USD on a day’s volume of 0.0000117 USD',
  ]);
});
