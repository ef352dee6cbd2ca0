import { slugChoice } from './coin-slug.js';
import { listingKey } from './listing-evidence.js';
import type { Candidate, CoinGroup, Member } from './coin-group.js';
import type { NearListing } from './near-listing.js';

/** A coin that is to be made before its listings can be linked to it. */
export interface NewCoin {
  readonly coinId: string;
  readonly symbol: string;
  readonly name: string;
}

interface PlannedCoin extends NewCoin {
  /** The crosswalk names coins without knowing whether they are there; any other name was free. */
  readonly mayBeThere: boolean;
}

/** What the matcher decided, as it is to be written. */
export interface LinkPlan {
  readonly found: readonly PlannedCoin[];
  readonly links: readonly PlannedLink[];
  /** Coins that have lost their only listing to another. */
  readonly merged: readonly { readonly coinId: string; readonly mergedInto: string }[];
  /** Coins that have lost a listing and keep others. */
  readonly left: readonly string[];
}

export interface PlannedLink {
  readonly listingId: string;
  readonly coinId: string;
  readonly member: Member;
}

export const NO_PLAN: LinkPlan = { found: [], links: [], merged: [], left: [] };

/** Of slugs, those that can't be given to a new coin. */
export type TakenAmong = (slugs: readonly string[]) => Promise<ReadonlySet<string>>;

interface Team {
  readonly coinId: string | null;
  readonly members: readonly { readonly row: NearListing; readonly member: Member }[];
  readonly bestRank: number;
  /** Coins of its own that it keeps, the first one's name for all of it. */
  readonly own: readonly string[];
  /** What it is called otherwise, given the names that are taken. */
  readonly nameFor: (taken: (slug: string) => boolean) => string;
}

/**
 * Turns groups into links, with a name for each new coin. `keeps` says whether a listing's coin goes on under its
 * name; what doesn't is named anew, so that no name tells who came first. Coins that `stay` have listings beside
 * these.
 */
export async function planLinks(
  groups: readonly CoinGroup[],
  free: readonly NearListing[],
  keeps: (row: NearListing) => boolean,
  stay: ReadonlySet<string>,
  takenAmong: TakenAmong,
): Promise<LinkPlan> {
  const rowOf = new Map(
    free.map((row) => [listingKey({ source: row.source, sourceCoinId: row.source_coin_id }), row]),
  );
  const claimed = new Set(groups.flatMap(({ coinId }) => coinId ?? []));
  const ranked = groups
    .map((group): Team => {
      const members = group.members.flatMap((member) => {
        const row = rowOf.get(listingKey(member));
        return row ? [{ row, member }] : [];
      });
      const rows = members.map(({ row }) => row);
      const own = ownCoins(rows.filter(keeps), claimed);
      return { coinId: group.coinId, members, bestRank: bestRank(rows), own, nameFor: naming(rows) };
    })
    .sort((a, b) => a.bestRank - b.bestRank);
  const teams = withOwnNames(ranked, stay);
  const taken = await takenNames(teams, claimed, takenAmong);
  const plan = {
    found: new Array<PlannedCoin>(),
    links: new Array<PlannedLink>(),
    merged: new Map<string, string>(),
  };
  const used = new Set(stay);
  for (const { coinId: joined, members, own, nameFor } of teams) {
    const coinId = joined ?? own[0] ?? nameFor((slug) => taken.has(slug));
    taken.add(coinId);
    used.add(coinId);
    const [first] = members;
    if (first && !own.includes(coinId)) {
      const { symbol, name } = first.row;
      plan.found.push({ coinId, symbol, name, mayBeThere: joined !== null });
    }
    for (const { row, member } of members) {
      if (row.coin_id !== null && row.coin_id !== coinId) plan.merged.set(row.coin_id, coinId);
      if (!(row.coin_id === coinId && isAsDecided(row, member)))
        plan.links.push({ listingId: row.listing_id, coinId, member });
    }
  }
  // A name that another group has taken over leads nowhere else.
  const merged = [...plan.merged].filter(([coinId]) => !used.has(coinId));
  return {
    found: plan.found,
    links: plan.links,
    merged: merged.map(([coinId, mergedInto]) => ({ coinId, mergedInto })),
    left: [...plan.merged.keys()].filter((coinId) => used.has(coinId)),
  };
}

/** A coin goes on under its name where it goes on, and in one place only: with the best known of those who bear it. */
function withOwnNames(ranked: readonly Team[], stay: ReadonlySet<string>): readonly Team[] {
  const kept = new Set(stay);
  return ranked.map((team) => {
    const own = team.own.filter((coinId) => !kept.has(coinId));
    if (team.coinId === null && own[0] !== undefined) kept.add(own[0]);
    return { ...team, own };
  });
}

/** Names are asked for until no new one comes up: which one a coin gets depends on which are taken. */
async function takenNames(
  teams: readonly Team[],
  claimed: ReadonlySet<string>,
  takenAmong: TakenAmong,
): Promise<Set<string>> {
  const known = new Set([...claimed, ...teams.flatMap(({ own }) => own)]);
  const asked = new Set<string>();
  for (;;) {
    const wanted = new Set<string>();
    const taken = new Set(known);
    for (const { coinId, own, nameFor } of teams) {
      if (coinId !== null || own.length > 0) continue;
      const asking = (slug: string): boolean => {
        wanted.add(slug);
        return taken.has(slug);
      };
      taken.add(nameFor(asking));
    }
    const unknown = [...wanted].filter((slug) => !asked.has(slug));
    if (unknown.length === 0) return known;
    for (const slug of unknown) asked.add(slug);
    for (const slug of await takenAmong(unknown)) known.add(slug);
  }
}

const choices = new WeakMap<NearListing, Team['nameFor']>();

/** Worked out once for each listing, however often it is asked. */
function choiceOf(row: NearListing): Team['nameFor'] {
  const known = choices.get(row);
  if (known) return known;
  const choice = slugChoice({
    source: row.source,
    sourceCoinId: row.source_coin_id,
    symbol: row.symbol,
    name: row.name,
  });
  choices.set(row, choice);
  return choice;
}

/** What a listing would call its coin. */
export function firstWish(row: NearListing): string {
  return choiceOf(row)(() => false);
}

function naming([first]: readonly NearListing[]): Team['nameFor'] {
  if (first) return choiceOf(first);
  return () => {
    throw new Error('a coin without listings was to be founded');
  };
}

/** The better known of two namesakes gets the name itself. */
function bestRank(rows: readonly NearListing[]): number {
  return Math.min(...rows.map(({ rank }) => rank ?? Number.MAX_SAFE_INTEGER));
}

/** Whether a listing would get the decision that it has. */
function isAsDecided(row: NearListing, member: Member): boolean {
  const words = (evidence: readonly string[], candidates: readonly Candidate[]): string =>
    JSON.stringify([
      evidence,
      candidates.map(({ source, sourceCoinId, why }) => [source, sourceCoinId, why]),
    ]);
  return (
    member.method === row.method &&
    words(row.evidence ?? [], row.candidates ?? []) === words(member.evidence, member.candidates)
  );
}

/**
 * Coins these listings founded, the shortest name first: it is the one without a suffix. One that the crosswalk
 * says is another's is theirs no more.
 */
function ownCoins(rows: readonly NearListing[], claimed: ReadonlySet<string>): string[] {
  return [...new Set(rows.flatMap((row) => row.coin_id ?? []))]
    .filter((coinId) => !claimed.has(coinId))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}
