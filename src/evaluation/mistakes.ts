import type { CoinGroup, Member } from '../identity/coin-group.js';
import type { Catalogue } from './catalogue.js';
import { pairKey, type Labels, type Pair } from './labelled-pairs.js';
import type { Score } from './score.js';

type Side = keyof Pair;

export interface Decided {
  readonly groups: readonly CoinGroup[];
  readonly catalogues: Readonly<Record<Side, Catalogue>>;
  readonly labels: Labels;
}

/** Everything that is wrong, as JSON lines: both listings, what the labels and the matcher make of them, and why. */
export function mistakeLines({ missed, wrong, hardNegativesLinked }: Score, decided: Decided): string[] {
  const hard = new Map((hardNegativesLinked ?? []).map((pair) => [pairKey(pair), pair]));
  const describe = describer(decided);
  return [
    ...missed.map((pair) => describe('missed', pair, pair.why)),
    ...wrong.map((pair) => {
      const label = hard.get(pairKey(pair));
      return label === undefined
        ? describe('wrong_link', pair, null)
        : describe('hard_negative_linked', pair, label.why);
    }),
  ].map((mistake) => JSON.stringify(mistake));
}

function describer({ groups, catalogues, labels }: Decided) {
  const places = new Map<string, { group: CoinGroup; member: Member }>();
  for (const group of groups)
    for (const member of group.members)
      places.set(`${member.source}\0${member.sourceCoinId}`, { group, member });

  const describeSide = (side: Side, id: string) => {
    const listing = catalogues[side].listings.get(id);
    const place = places.get(`${side}\0${id}`);
    const other = side === 'coingecko' ? 'coinpaprika' : 'coingecko';
    return {
      id,
      // Null where the row couldn't be read.
      symbol: listing?.symbol ?? null,
      name: listing?.name ?? null,
      active: listing?.active ?? null,
      contracts: listing?.contracts ?? null,
      labelled_as: labels.gold.filter((pair) => pair[side] === id).map((pair) => pair[other]),
      linked_to: (place?.group.members ?? [])
        .filter(({ source }) => source === other)
        .map(({ sourceCoinId }) => sourceCoinId),
      method: place?.member.method ?? null,
      confidence: place?.member.confidence ?? null,
      evidence: place?.member.evidence ?? [],
      candidates: (place?.member.candidates ?? []).map(({ source, sourceCoinId, why }) => ({
        source,
        id: sourceCoinId,
        why,
      })),
    };
  };
  return (mistake: 'missed' | 'wrong_link' | 'hard_negative_linked', pair: Pair, label: string | null) => ({
    mistake,
    label,
    coingecko: describeSide('coingecko', pair.coingecko),
    coinpaprika: describeSide('coinpaprika', pair.coinpaprika),
  });
}
