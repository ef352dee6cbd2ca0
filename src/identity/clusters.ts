import { groupBy } from './group-by.js';
import type { ReadEvidence } from './listing-evidence.js';
import { veto } from './veto.js';

/** Listings that are one coin as far as is decided. `coinId` is null for a coin that is yet to be founded. */
export interface Cluster {
  readonly coinId: string | null;
  readonly members: readonly ReadEvidence[];
}

/** Two listings that some evidence calls one coin. */
export interface Edge {
  readonly one: ReadEvidence;
  readonly other: ReadEvidence;
  /** What they share, in words. */
  readonly shared: string;
}

/** Edges that reach each other, and the clusters they would make one. */
export interface Component {
  readonly clusters: readonly Cluster[];
  readonly edges: readonly Edge[];
}

/** Which cluster each listing is in. Clusters only ever grow together: what is linked is never taken apart. */
export class Clusters {
  private readonly clusterOf = new Map<ReadEvidence, Cluster>();

  /** `isReserved(coinId, source)`: a person has said which listing of the source the coin is. */
  constructor(
    clusters: readonly Cluster[],
    private readonly isReserved: (coinId: string, source: string) => boolean,
  ) {
    for (const cluster of clusters) this.place(cluster);
  }

  of(listing: ReadEvidence): Cluster {
    const cluster = this.clusterOf.get(listing);
    if (cluster === undefined) throw new Error(`${listing.key} is in no cluster`);
    return cluster;
  }

  all(): Set<Cluster> {
    return new Set(this.clusterOf.values());
  }

  /** What edges connect, whole, so that no order of the edges matters. */
  components(edges: readonly Edge[]): Component[] {
    const neighbours = groupBy(edges, ({ one, other }) => [this.of(one), this.of(other)]);
    const seen = new Set<Cluster>();
    const components: Component[] = [];
    for (const start of neighbours.keys()) {
      if (seen.has(start)) continue;
      seen.add(start);
      const reached = [start];
      const within = new Set<Edge>();
      for (const cluster of reached) {
        for (const edge of neighbours.get(cluster) ?? []) {
          within.add(edge);
          for (const next of [this.of(edge.one), this.of(edge.other)]) {
            if (seen.has(next)) continue;
            seen.add(next);
            reached.push(next);
          }
        }
      }
      components.push({ clusters: reached, edges: [...within] });
    }
    return components;
  }

  /** Why these can't all be one coin; null when they can. */
  obstacle(clusters: readonly Cluster[]): string | null {
    const coins = new Set(clusters.flatMap(({ coinId }) => coinId ?? []));
    if (coins.size > 1) return `it would join the coins ${[...coins].sort().join(' and ')}`;
    const [coinId] = coins;
    const sources = new Set<string>();
    for (const cluster of clusters) {
      for (const source of new Set(cluster.members.map(({ listing }) => listing.source))) {
        if (sources.has(source)) return `more than one listing of ${source} would be this coin`;
        sources.add(source);
        if (cluster.coinId === null && coinId !== undefined && this.isReserved(coinId, source))
          return `the crosswalk says which listing of ${source} ${coinId} is`;
      }
    }
    for (const [index, cluster] of clusters.entries()) {
      for (const later of clusters.slice(index + 1)) {
        for (const one of cluster.members) {
          for (const other of later.members) {
            const reason = veto(one, other);
            if (reason !== null) return reason;
          }
        }
      }
    }
    return null;
  }

  merge(clusters: readonly Cluster[]): void {
    this.place({
      coinId: clusters.find(({ coinId }) => coinId !== null)?.coinId ?? null,
      members: clusters.flatMap(({ members }) => members),
    });
  }

  private place(cluster: Cluster): void {
    for (const member of cluster.members) this.clusterOf.set(member, cluster);
  }
}
