import { listingKey } from './listing-evidence.js';
import type { CoinGroup, Member } from './coin-group.js';
import { isDecidedByPerson, toEvidence } from './near-listing.js';
import type { NearListing } from './near-listing.js';

export interface Suspicion {
  readonly listingId: string;
  /** What speaks against its link, in words; null: nothing does. */
  readonly reasons: readonly string[] | null;
}

/**
 * Holds settled links against what would be decided today, `groups`, for the listings `again` that it was decided
 * for. Links stay: a person has to look at them.
 */
export function suspicions(again: readonly NearListing[], groups: readonly CoinGroup[]): Suspicion[] {
  const placeOf = new Map(
    groups.flatMap((group) =>
      group.members.map((member) => [listingKey(member), { group, member }] as const),
    ),
  );
  const core = coreGroups(again, placeOf);
  return again
    .filter((row) => row.settled && !isDecidedByPerson(row))
    .map((row) => {
      // Nobody is left whom it could be linked to wrongly.
      if (row.alone) return { listingId: row.listing_id, reasons: null };
      const place = placeOf.get(listingKey(toEvidence(row)));
      const holds =
        place === undefined || place.group.coinId === row.coin_id || core.get(row.coin_id) === place.group;
      return { listingId: row.listing_id, reasons: holds ? null : reasonsFor(row, place.member) };
    });
}

type Place = ReadonlyMap<string, { readonly group: CoinGroup; readonly member: Member }>;

/** Of a coin that would fall apart, the part that goes on as it: where most of it is, the first of equals. */
function coreGroups(again: readonly NearListing[], placeOf: Place): Map<string | null, CoinGroup> {
  const parts = new Map<string, Map<CoinGroup, number>>();
  const rows = again.map((row) => ({ row, key: listingKey(toEvidence(row)) }));
  for (const { row, key } of rows.sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const group = placeOf.get(key)?.group;
    if (group === undefined || row.coin_id === null) continue;
    const sizes = parts.get(row.coin_id) ?? new Map<CoinGroup, number>();
    parts.set(row.coin_id, sizes.set(group, (sizes.get(group) ?? 0) + 1));
  }
  const core = new Map<string | null, CoinGroup>();
  for (const [coinId, sizes] of parts) {
    // Where part of the coin is fixed, that is what it is.
    if ([...sizes.keys()].some((group) => group.coinId === coinId)) continue;
    const [largest] = [...sizes].reduce((best, part) => (part[1] > best[1] ? part : best));
    if (largest.coinId === null) core.set(coinId, largest);
  }
  return core;
}

function reasonsFor(row: NearListing, member: Member): readonly string[] {
  const against = member.candidates.filter(({ coinId }) => coinId === null || coinId === row.coin_id);
  if (against.length > 0)
    return against.map(({ source, sourceCoinId, why }) => `with ${source} ${sourceCoinId}: ${why}`);
  return member.method === 'own'
    ? ['nothing says any more that it is this coin']
    : [`it would be another coin today: ${member.evidence.join('; ')}`];
}
