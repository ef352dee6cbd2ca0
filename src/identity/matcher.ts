import { ownMember } from './coin-group.js';
import type { CoinGroup, LinkMethod, Member } from './coin-group.js';
import { Clusters, type Cluster, type Component, type Edge } from './clusters.js';
import type { CrosswalkEntry } from './crosswalk.js';
import { despite, wordsFor } from './evidence-words.js';
import { groupBy } from './group-by.js';
import { contestedAmong, inOrder, listingKey, readEvidence } from './listing-evidence.js';
import type { ListingEvidence, ReadEvidence } from './listing-evidence.js';
import { pairsBetweenSources, MOST_CANDIDATES } from './pairs.js';
import { ladder, type Rung } from './rungs.js';
import { areKeptApart, veto } from './veto.js';

interface Decision {
  readonly method: LinkMethod;
  readonly confidence: number;
  readonly evidence: readonly string[];
}

/** A pair that shares something at some rung, whatever may be against it. */
interface Claim extends Edge {
  /** Too many have the key to know whether it is the only one. */
  readonly crowd: boolean;
}

/**
 * Decides which coin each fresh listing is: every fresh listing without a coin is in exactly one group. Pure, and
 * independent of the order of everything given.
 *
 * `known` must hold all linked listings that share with a fresh one a contract, or a symbol that more than one source
 * uses, and all others of their coins. Known links are never changed; a known listing without a coin has no say.
 */
export function match(
  fresh: readonly ListingEvidence[],
  known: readonly ListingEvidence[],
  crosswalk: readonly CrosswalkEntry[],
): CoinGroup[] {
  const work = matching(fresh, known, crosswalk);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** The same in pieces: thousands of listings at once take seconds. */
export function* matching(
  fresh: readonly ListingEvidence[],
  known: readonly ListingEvidence[],
  crosswalk: readonly CrosswalkEntry[],
): Generator<undefined, CoinGroup[]> {
  const matcher = new Matcher(fresh, known, crosswalk);
  yield* matcher.climbAll();
  return matcher.groups();
}

class Matcher {
  private readonly undecided: ReadonlySet<ReadEvidence>;
  private readonly listings: readonly ReadEvidence[];
  /** Most: fresh ones that share no symbol and no contract with another source, and so meet nobody on the ladder. */
  private readonly apart: readonly ListingEvidence[];
  private readonly clusters: Clusters;
  private readonly decisions = new Map<ReadEvidence, Decision>();
  private readonly doubts = new Map<ReadEvidence, Map<ReadEvidence, string>>();
  /** Listings, with the source in which more than one has their name: no weaker name may choose between those. */
  private readonly crowded = new Set<string>();

  constructor(
    fresh: readonly ListingEvidence[],
    known: readonly ListingEvidence[],
    crosswalk: readonly CrosswalkEntry[],
  ) {
    const linked = [...known, ...fresh].filter(({ coinId }) => coinId !== null);
    const byKey = new Map([...fresh, ...linked].map((listing) => [listingKey(listing), listing]));
    const curated = new Map(crosswalk.map((entry) => [listingKey(entry), entry.coinId]));
    const all = [...byKey.values()];
    const isContested = contestedAmong(all);
    const meets = (listing: ListingEvidence): boolean =>
      listing.coinId !== null || curated.has(listingKey(listing)) || isContested(listing);
    this.apart = all.filter((listing) => !meets(listing));
    this.listings = all
      .filter(meets)
      .map(readEvidence)
      .sort((a, b) => inOrder(a.key, b.key));
    this.undecided = new Set(this.listings.filter(({ listing }) => listing.coinId === null));
    const reserved = new Set(
      crosswalk.map(({ coinId, source }) => listingKey({ source, sourceCoinId: coinId })),
    );
    this.clusters = new Clusters(this.firstClusters(curated), (coinId, source) =>
      reserved.has(listingKey({ source, sourceCoinId: coinId })),
    );
  }

  *climbAll(): Generator<undefined, void> {
    for (const rung of ladder(this.listings)) {
      yield undefined;
      yield* this.climb(rung);
    }
  }

  groups(): CoinGroup[] {
    const met = [...this.clusters.all()]
      .map(({ coinId, members }) => ({
        coinId,
        members: members
          .filter((member) => this.undecided.has(member))
          .sort((a, b) => inOrder(a.key, b.key))
          .map((member) => this.member(member)),
      }))
      .filter(({ members }) => members.length > 0);
    const apart = this.apart.map((listing) => ({ coinId: null, members: [ownMember(listing)] }));
    return [...met, ...apart]
      .map((group) => ({ group, key: firstKey(group) }))
      .sort((a, b) => inOrder(a.key, b.key))
      .map(({ group }) => group);
  }

  /** Known coins, with what the crosswalk says they are; every other listing by itself. */
  private firstClusters(curated: ReadonlyMap<string, string>): Cluster[] {
    const coinOf = (each: ReadEvidence): string | undefined => each.listing.coinId ?? curated.get(each.key);
    for (const listing of this.undecided) {
      const evidence = [`the crosswalk says it is ${coinOf(listing)}`];
      if (curated.has(listing.key))
        this.decisions.set(listing, { method: 'crosswalk', confidence: 1, evidence });
    }
    const coins = groupBy(
      this.listings.filter((each) => coinOf(each) !== undefined),
      (each) => [coinOf(each) ?? ''],
    );
    const alone = this.listings.filter((each) => coinOf(each) === undefined);
    return [
      ...[...coins].map(([coinId, members]) => ({ coinId, members })),
      ...alone.map((each) => ({ coinId: null, members: [each] })),
    ];
  }

  private *climb(rung: Rung): Generator<undefined, void> {
    const found: Found[] = [];
    for (const [key, sharing] of groupBy(this.listings, (listing) => rung.keys(listing))) {
      if (sharing.length < 2 || !sharing.some((listing) => this.undecided.has(listing))) continue;
      yield undefined;
      found.push(this.edges(rung, key, sharing));
    }
    for (const component of this.clusters.components(found.flatMap(({ edges }) => edges)))
      this.decide(rung, component);
    // Only now: what one key finds crowded must not depend on which key was looked at first.
    if (rung.method !== 'contract')
      for (const { one, other } of found.flatMap(({ crowded }) => crowded)) {
        this.crowded.add(`${one.key}\0${other.listing.source}`);
        this.crowded.add(`${other.key}\0${one.listing.source}`);
      }
  }

  /** The pairs that this key calls one coin: those in which each is the only one for the other. */
  private edges(rung: Rung, key: string, sharing: readonly ReadEvidence[]): Found {
    const claims: Claim[] = [];
    const rivals = new Map<string, Set<Cluster>>();
    const compete = (one: ReadEvidence, other: ReadEvidence): void => {
      const place = `${one.key}\0${other.listing.source}`;
      rivals.set(place, (rivals.get(place) ?? new Set()).add(this.clusters.of(other)));
    };
    for (const [one, other, crowd] of pairsBetweenSources(sharing)) {
      if (!this.mayJoin(one, other)) continue;
      const shared = rung.shared(one, other, key);
      if (shared === null && !rung.keyAlone) continue;
      compete(one, other);
      compete(other, one);
      if (shared !== null) claims.push({ one, other, shared, crowd });
    }
    const isChoice = (one: ReadEvidence, other: ReadEvidence): boolean =>
      (rivals.get(`${one.key}\0${other.listing.source}`)?.size ?? 0) > 1;
    const edges: Edge[] = [];
    const crowded: Claim[] = [];
    for (const claim of claims) {
      const { one, other, shared, crowd } = claim;
      const many = crowd || isChoice(one, other) ? other : isChoice(other, one) ? one : null;
      if (many !== null) {
        crowded.push(claim);
        this.doubt(one, other, `${shared}; but more than one listing of ${many.listing.source} has it`);
        continue;
      }
      const against = this.wasCrowded(rung, one, other) ?? rung.against?.(one, other) ?? veto(one, other);
      if (against === null) edges.push({ one, other, shared: shared + despite(one, other) });
      else this.doubt(one, other, `${shared}; but ${against}`);
    }
    return { edges, crowded };
  }

  private wasCrowded(rung: Rung, one: ReadEvidence, other: ReadEvidence): string | null {
    if (rung.method === 'contract') return null;
    const was =
      this.crowded.has(`${one.key}\0${other.listing.source}`) ||
      this.crowded.has(`${other.key}\0${one.listing.source}`);
    return was ? 'more than one listing goes by a stronger name' : null;
  }

  /** Whether they could still become one: neither has its place in the other's source yet. */
  private mayJoin(one: ReadEvidence, other: ReadEvidence): boolean {
    const [first, second] = [this.clusters.of(one), this.clusters.of(other)];
    return (
      first !== second &&
      // Decided, and so no doubt to anybody.
      !areKeptApart(one, other) &&
      (first.coinId === null || second.coinId === null) &&
      !holds(first, other.listing.source) &&
      !holds(second, one.listing.source)
    );
  }

  private decide(rung: Rung, { clusters, edges }: Component): void {
    const obstacle = this.clusters.obstacle(clusters);
    if (obstacle !== null) {
      for (const { one, other, shared } of edges) this.doubt(one, other, `${shared}; but ${obstacle}`);
      return;
    }
    const joinsCoin = clusters.some(({ coinId }) => coinId !== null);
    for (const cluster of clusters) {
      if (cluster.coinId !== null) continue;
      for (const member of cluster.members) {
        const before = this.decisions.get(member);
        const evidence = [...(before?.evidence ?? []), ...wordsFor(member, edges)];
        // What joins a group to a coin is what the link to that coin rests on, however strong the group is in itself.
        if (before === undefined || joinsCoin)
          this.decisions.set(member, { method: rung.method, confidence: rung.confidence, evidence });
        else this.decisions.set(member, { ...before, evidence });
      }
    }
    this.clusters.merge(clusters);
  }

  private doubt(one: ReadEvidence, other: ReadEvidence, why: string): void {
    for (const [listing, candidate] of [
      [one, other],
      [other, one],
    ] as const) {
      if (!this.undecided.has(listing)) continue;
      const doubts = this.doubts.get(listing) ?? new Map<ReadEvidence, string>();
      this.doubts.set(listing, doubts);
      if (doubts.size < MOST_CANDIDATES && !doubts.has(candidate)) doubts.set(candidate, why);
    }
  }

  private member(member: ReadEvidence): Member {
    const { source, sourceCoinId } = member.listing;
    const decision = this.decisions.get(member);
    if (decision !== undefined) return { source, sourceCoinId, ...decision, candidates: [] };
    const candidates = [...(this.doubts.get(member) ?? [])]
      .sort(([a], [b]) => inOrder(a.key, b.key))
      .map(([candidate, why]) => ({
        source: candidate.listing.source,
        sourceCoinId: candidate.listing.sourceCoinId,
        coinId: this.clusters.of(candidate).coinId,
        why,
      }));
    return candidates.length === 0
      ? ownMember(member.listing)
      : {
          source,
          sourceCoinId,
          method: 'own',
          confidence: 0.5,
          evidence: ['in doubt whether it is one of its candidates'],
          candidates,
        };
  }
}

interface Found {
  readonly edges: readonly Edge[];
  readonly crowded: readonly Claim[];
}

const holds = ({ members }: Cluster, source: string): boolean =>
  members.some(({ listing }) => listing.source === source);

const firstKey = ({ members: [first] }: CoinGroup): string => (first === undefined ? '' : listingKey(first));
