import { pairKey, type LabelledPair, type Labels, type Pair } from './labelled-pairs.js';

/** What the labels make of some links. */
export interface Score {
  readonly links: number;
  /** Of the gold pairs that could be linked; null when there is none. */
  readonly recall: number | null;
  /** Of the links that a label speaks of; null when there is none. */
  readonly precision: number | null;
  readonly goldPairs: number;
  /** Gold pairs of which not both are in the catalogues: nothing could link them. */
  readonly goldPairsAbsent: number;
  readonly goldPairsLinked: number;
  readonly labelledLinks: number;
  readonly missed: readonly LabelledPair[];
  /** Links that contradict a label, hard negatives among them. */
  readonly wrong: readonly Pair[];
  /** Null when no hard negatives were given. */
  readonly hardNegativesLinked: readonly LabelledPair[] | null;
}

/**
 * A link is right when it is a gold pair, and wrong when it isn't though one of its ids is in gold, or when it is
 * a pair known to be two coins. Of other links the labels say nothing.
 */
export function score(
  links: readonly Pair[],
  { gold, notSame }: Labels,
  isListed: (pair: Pair) => boolean,
): Score {
  const linked = new Map(links.map((link) => [pairKey(link), link]));
  const isLinked = (pair: Pair): boolean => linked.has(pairKey(pair));
  const goldKeys = new Set(gold.map(pairKey));
  const notSameKeys = new Set((notSame ?? []).map(pairKey));
  const inGold = {
    coingecko: new Set(gold.map(({ coingecko }) => coingecko)),
    coinpaprika: new Set(gold.map(({ coinpaprika }) => coinpaprika)),
  };
  const labelled = [...linked.values()].filter(
    (link) =>
      inGold.coingecko.has(link.coingecko) ||
      inGold.coinpaprika.has(link.coinpaprika) ||
      notSameKeys.has(pairKey(link)),
  );
  const wrong = labelled.filter((link) => !goldKeys.has(pairKey(link)));
  const present = gold.filter(isListed);
  const missed = present.filter((pair) => !isLinked(pair));
  const goldPairsLinked = present.length - missed.length;
  return {
    links: linked.size,
    recall: fraction(goldPairsLinked, present.length),
    precision: fraction(labelled.length - wrong.length, labelled.length),
    goldPairs: gold.length,
    goldPairsAbsent: gold.length - present.length,
    goldPairsLinked,
    labelledLinks: labelled.length,
    missed,
    wrong,
    hardNegativesLinked: notSame?.filter(isLinked) ?? null,
  };
}

export function fraction(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
