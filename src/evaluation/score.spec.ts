import type { LabelledPair, Pair } from './labelled-pairs.js';
import { score } from './score.js';

/** `a=1 b=2`: pairs of a listing here and a listing there. */
const pairs = (words: string): Pair[] =>
  words
    .split(' ')
    .filter(Boolean)
    .map((word) => ({ coingecko: word.split('=')[0] ?? '', coinpaprika: word.split('=')[1] ?? '' }));
const labelled = (words: string): LabelledPair[] => pairs(words).map((pair) => ({ ...pair, why: null }));
const words = (of: readonly Pair[] | null): string | undefined =>
  of?.map(({ coingecko, coinpaprika }) => `${coingecko}=${coinpaprika}`).join(' ');

function scored(links: string, gold: string, notSame: string | null = null, absent: readonly string[] = []) {
  const labels = { gold: labelled(gold), notSame: notSame === null ? null : labelled(notSame) };
  return score(
    pairs(links),
    labels,
    ({ coingecko, coinpaprika }) => !absent.includes(coingecko) && !absent.includes(coinpaprika),
  );
}

describe('the score of links', () => {
  it('recalls the gold pairs that are linked, of those that could be', () => {
    const result = scored('a=1 b=2', 'a=1 b=2 c=3 d=4 e=5', null, ['d', '5']);

    expect(result).toMatchObject({ goldPairs: 5, goldPairsAbsent: 2, goldPairsLinked: 2, recall: 2 / 3 });
    expect(words(result.missed)).toBe('c=3');
  });

  it('calls wrong what has one labelled id, on either side, and is no gold pair', () => {
    const result = scored('a=1 b=9 x=2 c=3', 'a=1 b=2 c=3');

    expect(words(result.wrong)).toBe('b=9 x=2');
    expect(result).toMatchObject({ labelledLinks: 4, precision: 1 / 2, recall: 2 / 3 });
  });

  it('holds a link against a label whose other id is in no catalogue', () => {
    expect(scored('a=9', 'a=1', null, ['1'])).toMatchObject({ precision: 0, recall: null });
  });

  it('leaves out of precision what no label speaks of', () => {
    const result = scored('a=1 x=8 y=9', 'a=1', 'x=7');

    expect(result).toMatchObject({ links: 3, labelledLinks: 1, precision: 1 });
  });

  it('calls a linked hard negative wrong, whether its ids are in gold or not', () => {
    const result = scored('a=2 x=8 b=3', 'a=1 b=3', 'a=2 x=8 y=9');

    expect(words(result.hardNegativesLinked)).toBe('a=2 x=8');
    expect(words(result.wrong)).toBe('a=2 x=8');
    expect(result.precision).toBe(1 / 3);
  });

  it('counts a link once, however often it is given', () => {
    expect(scored('a=1 a=1 b=9', 'a=1 b=2')).toMatchObject({ links: 2, labelledLinks: 2, precision: 1 / 2 });
  });

  it('takes all of several gold partners for right', () => {
    expect(scored('a=2', 'a=1 a=2')).toMatchObject({ precision: 1, recall: 1 / 2 });
  });

  it('says null, not 0, of what was not measured', () => {
    expect(scored('x=9', 'a=1', null, ['a'])).toMatchObject({
      recall: null,
      precision: null,
      hardNegativesLinked: null,
    });
    expect(scored('', 'a=1', 'x=9')).toMatchObject({ recall: 0, precision: null, hardNegativesLinked: [] });
  });
});
