import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { coinSlug } from './coin-slug.js';
import { CrosswalkBook } from './crosswalk-book.js';
import * as sql from './identity-links.queries.js';
import type { ListingEvidence } from './listing-evidence.js';
import { listingKey } from './listing-evidence.js';
import { match } from './matcher.js';
import type { Candidate, CoinGroup, Member } from './matcher.js';

interface EvidenceRow {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly price: string | null;
  readonly quoted_at: Date | null;
  readonly coin_id: string | null;
  readonly contracts: readonly { chain: string; address: string }[];
}

interface NearRow extends EvidenceRow {
  /** Not linked, or alone in a coin that only it founded: it may still find its own. */
  readonly free: boolean;
  /** Of the decision in force; null: there is none. */
  readonly evidence: readonly string[] | null;
  readonly candidates: readonly Candidate[] | null;
}

/** A coin that is to be made before its listings can be linked to it. */
export interface NewCoin {
  readonly coinId: string;
  readonly symbol: string;
  readonly name: string;
}

/** What the matcher decided, as it is to be written. */
export interface LinkPlan {
  readonly found: readonly NewCoin[];
  readonly links: readonly PlannedLink[];
  /** Coins that have lost their only listing to another. */
  readonly merged: readonly MergedCoin[];
}

interface MergedCoin {
  readonly coinId: string;
  readonly mergedInto: string;
}

interface PlannedLink {
  readonly listingId: string;
  readonly coinId: string;
  readonly member: Member;
}

/** Decides which coins listings are, with the decisions and their evidence kept. */
@Injectable()
export class IdentityLinks {
  constructor(private readonly crosswalk: CrosswalkBook) {}

  /**
   * Decides on new listings and on listings with new evidence, and again on those nearby that stand alone: whether
   * two listings are one coin must not depend on which of them came first. Writes nothing yet.
   */
  async plan(manager: EntityManager, listingIds: readonly string[]): Promise<LinkPlan> {
    await manager.query(sql.ONE_AT_A_TIME);
    const keys: { source: string; source_coin_id: string }[] = await manager.query(sql.KEYS, [listingIds]);
    const free = (await this.near(manager, listingIds, keys)).filter((row) => row.free);
    if (free.length === 0) return { found: [], links: [], merged: [] };
    const near = await this.near(
      manager,
      free.map((row) => row.listing_id),
      free,
    );
    const freeIds = new Set(free.map((row) => row.listing_id));
    const groups = match(
      free.map((row) => ({ ...toEvidence(row), coinId: null })),
      near.filter((row) => row.coin_id !== null && !freeIds.has(row.listing_id)).map(toEvidence),
      this.crosswalk.entries,
    );
    return this.toPlan(manager, groups, free);
  }

  /** Writes a plan, once its new coins are there. Returns every coin whose listings changed. */
  async apply(manager: EntityManager, plan: LinkPlan): Promise<readonly string[]> {
    if (plan.links.length === 0) return [];
    const rows = plan.links.map(({ listingId, coinId, member }) => ({
      listing_id: listingId,
      coin_id: coinId,
      method: member.method,
      confidence: member.confidence,
      evidence: member.evidence,
      candidates: member.candidates,
    }));
    await manager.query(sql.REVOKE, [rows.map((row) => row.listing_id)]);
    await manager.query(sql.DECIDE, [JSON.stringify(rows)]);
    await manager.query(sql.LINK_LISTINGS, [
      JSON.stringify(rows.map(({ listing_id, coin_id }) => ({ listing_id, coin_id }))),
    ]);
    return [...new Set(rows.map((row) => row.coin_id))];
  }

  private async toPlan(
    manager: EntityManager,
    groups: readonly CoinGroup[],
    free: readonly NearRow[],
  ): Promise<LinkPlan> {
    const rowOf = new Map(free.map((row) => [listingKey(toEvidence(row)), row]));
    const teams = groups.map((group) => ({
      group,
      rows: group.members.flatMap((member) => rowOf.get(listingKey(member)) ?? []),
    }));
    const claimed = new Set(groups.flatMap(({ coinId }) => coinId ?? []));
    const existing = await this.existingCoins(manager, teams, claimed);
    const taken = new Set([...existing, ...claimed]);
    const plan = {
      found: new Array<NewCoin>(),
      links: new Array<PlannedLink>(),
      merged: new Array<MergedCoin>(),
    };
    for (const { group, rows } of teams) {
      // Coins that members founded when they came alone: one of them becomes the group's, the others point to it.
      const own = ownCoins(rows, claimed);
      const coinId = group.coinId ?? own[0] ?? nameFor(rows, taken);
      taken.add(coinId);
      const first = rows[0];
      if (first && !existing.has(coinId) && !own.includes(coinId))
        plan.found.push({ coinId, symbol: first.symbol, name: first.name });
      for (const other of own) if (other !== coinId) plan.merged.push({ coinId: other, mergedInto: coinId });
      for (const member of group.members) {
        const row = rowOf.get(listingKey(member));
        if (!row || (row.coin_id === coinId && isAsDecided(row, member))) continue;
        plan.links.push({ listingId: row.listing_id, coinId, member });
      }
    }
    return plan;
  }

  /** Of the coins that these groups name or might be named like, those that are there. */
  private async existingCoins(
    manager: EntityManager,
    teams: readonly Team[],
    claimed: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const existing = new Set<string>();
    const asked = new Set<string>();
    for (;;) {
      const open = new Set(claimed);
      const taken = new Set([...existing, ...claimed]);
      for (const { group, rows } of teams) {
        if (group.coinId !== null || ownCoins(rows, claimed).length > 0) continue;
        const asking = {
          has: (slug: string): boolean => {
            open.add(slug);
            return taken.has(slug);
          },
        };
        taken.add(nameFor(rows, asking));
      }
      const unknown = [...open].filter((slug) => !asked.has(slug));
      if (unknown.length === 0) return existing;
      for (const slug of unknown) asked.add(slug);
      const rows: { coin_id: string }[] = await manager.query(sql.TAKEN_SLUGS, [unknown]);
      for (const row of rows) existing.add(row.coin_id);
    }
  }

  private async near(
    manager: EntityManager,
    listingIds: readonly string[],
    keys: readonly { source: string; source_coin_id: string }[],
  ): Promise<readonly NearRow[]> {
    const curated = this.crosswalk.coinsOf(
      keys.map((row) => ({ source: row.source, sourceCoinId: row.source_coin_id })),
    );
    return manager.query(sql.NEAR, [listingIds, curated]);
  }
}

function nameFor(rows: readonly NearRow[], taken: { has(slug: string): boolean }): string {
  const [first] = rows;
  if (!first) throw new Error('a coin without listings was to be founded');
  return coinSlug(toEvidence(first), (slug) => taken.has(slug));
}

/** Whether a listing that stays by itself would get the decision that it has. */
function isAsDecided(row: NearRow, member: Member): boolean {
  const words = (evidence: readonly string[], candidates: readonly Candidate[]): string =>
    JSON.stringify([
      evidence,
      candidates.map(({ source, sourceCoinId, why }) => [source, sourceCoinId, why]),
    ]);
  return (
    member.method === 'own' &&
    words(row.evidence ?? [], row.candidates ?? []) === words(member.evidence, member.candidates)
  );
}

interface Team {
  readonly group: CoinGroup;
  readonly rows: readonly NearRow[];
}

/**
 * Coins these listings founded, the shortest name first: it is the one without a suffix. One that the crosswalk
 * says is another's is theirs no more.
 */
function ownCoins(rows: readonly NearRow[], claimed: ReadonlySet<string>): string[] {
  return [...new Set(rows.flatMap((row) => row.coin_id ?? []))]
    .filter((coinId) => !claimed.has(coinId))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

function toEvidence(row: EvidenceRow): ListingEvidence {
  return {
    source: row.source,
    sourceCoinId: row.source_coin_id,
    symbol: row.symbol,
    name: row.name,
    contracts: row.contracts,
    price: row.price,
    quotedAt: row.quoted_at,
    coinId: row.coin_id,
  };
}
