import { quantile, ratioOf, spreadOf } from './spread.js';

describe('a spread', () => {
  it('is the median of the rounds, with the least and the most of them', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30, rounds: [30, 10, 20] });
    expect(spreadOf([4, 1]).median).toBe(2.5);
  });

  it('of nothing is an error, not a figure', () => {
    expect(() => spreadOf([])).toThrow('nothing was measured');
  });

  it('compares each round with the one beside it, so that a slow minute cancels out', () => {
    expect(ratioOf([100, 50, 100], [200, 100, 200])).toMatchObject({ median: 0.5, least: 0.5, most: 0.5 });
    expect(() => ratioOf([1, 2], [1])).toThrow('side by side');
  });
});

describe('a quantile', () => {
  it('lies between the values, in proportion', () => {
    expect(quantile([1, 2, 3, 4, 5], 0)).toBe(1);
    expect(quantile([5, 4, 3, 2, 1], 1)).toBe(5);
    expect(quantile([10, 20], 0.75)).toBe(17.5);
  });

  it('sorts numbers as numbers', () => {
    expect(quantile([9, 10, 100], 1)).toBe(100);
    expect(quantile([9, 10, 100], 0.5)).toBe(10);
  });

  it('of nothing is none', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});
