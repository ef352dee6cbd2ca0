import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import { CrosswalkBook } from '../identity/crosswalk-book.js';
import { IdentityLinks } from '../identity/identity-links.js';
import type { LinkPlan } from '../identity/link-plan.js';
import { REVOKE } from '../identity/settled-links.queries.js';
import * as sql from './crosswalk-changes.queries.js';
import { IdentityLock } from './identity-lock.js';
import { withKeptNames } from './kept-names.js';
import { ListingMoves } from './listing-moves.js';
import type { HeldListing } from './listing-moves.js';
import * as listingSql from './listing-moves.queries.js';

/** A page of another replica's is loaded in less. */
const PATIENCE_MS = 60_000;
const MATCHER = 'matcher';

interface LinkedRow {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly coin_id: string;
  readonly method: string;
  readonly decided_by: string;
}

interface NamedRow extends LinkedRow {
  readonly line: number;
  readonly named: string;
  readonly goal: string;
}

interface Differences {
  /** Linked by the matcher, and not as the crosswalk says. */
  readonly otherwise: readonly NamedRow[];
  /** Linked by a person, and not as the crosswalk says: that stays. */
  readonly overruled: readonly NamedRow[];
  readonly namedNoMore: readonly LinkedRow[];
}

/** At the start, brings what is stored in line with a crosswalk whose file has changed. */
@Injectable()
export class CrosswalkChanges implements OnApplicationBootstrap {
  private readonly logger = new Logger(CrosswalkChanges.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly crosswalk: CrosswalkBook,
    private readonly identity: IdentityLinks,
    private readonly coins: CoinWriter,
    private readonly moves: ListingMoves,
    private readonly lock: IdentityLock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const differences = await this.differences(this.dataSource.manager);
    this.reportOverruled(differences.overruled);
    if (isNothing(differences)) return;
    const decided = await this.lock.during((manager) => this.apply(manager), PATIENCE_MS);
    this.logger.log(`The crosswalk has changed: ${decided} listings were decided on anew`);
  }

  private async apply(manager: EntityManager): Promise<number> {
    // Another replica may have been first.
    const differences = await this.differences(manager);
    if (isNothing(differences)) return 0;
    const { otherwise, namedNoMore } = differences;
    const said = otherwise.filter((row) => row.coin_id === row.goal || row.goal !== row.named);
    const moved = await this.confirm(manager, said);
    const unsaid = otherwise.filter((row) => !said.includes(row));
    const coins = [
      ...unsaid.map((row) => row.goal),
      ...[...unsaid, ...namedNoMore].map((row) => row.coin_id),
    ];
    const again = await this.decideAnew(manager, coins, [...unsaid, ...namedNoMore]);
    await this.moves.settle(manager, [...moved, ...again]);
    return moved.length + again.length;
  }

  private async differences(manager: EntityManager): Promise<Differences> {
    const today = await this.crosswalk.today(manager);
    const lines = JSON.stringify(
      this.crosswalk.entries.map(({ line, source, sourceCoinId, coinId }, index) => ({
        line,
        source,
        source_coin_id: sourceCoinId,
        named: coinId,
        goal: today.entries[index]?.coinId ?? coinId,
      })),
    );
    const named: NamedRow[] = await manager.query(sql.NAMED, [lines]);
    return {
      otherwise: named.filter(
        (row) => row.decided_by === MATCHER && (row.coin_id !== row.goal || row.method !== 'crosswalk'),
      ),
      overruled: named.filter((row) => row.decided_by !== MATCHER && row.coin_id !== row.goal),
      namedNoMore: await manager.query(sql.NAMED_NO_MORE, [lines]),
    };
  }

  /** Listings that are where the crosswalk wants them, or where a person has merged its coin: that needs no matcher. */
  private async confirm(manager: EntityManager, rows: readonly NamedRow[]): Promise<Moved[]> {
    const rowOf = new Map(rows.map((row) => [row.listing_id, row]));
    const held: HeldListing[] = await manager.query(listingSql.LISTINGS, [[...rowOf.keys()]]);
    const links = held.flatMap((listing) => {
      const row = rowOf.get(listing.listing_id);
      if (row === undefined) return [];
      const merged = row.goal === row.named ? '' : `, which a person merged into ${row.goal}`;
      const evidence = [`the crosswalk says it is ${row.named}${merged}`];
      return [{ listing, coinId: row.goal, method: 'crosswalk' as const, evidence }];
    });
    if (links.length === 0) return [];
    const moves = await this.moves.relink(manager, links, MATCHER);
    return moves.map((move) => ({ from: move.coin_before, to: move.coin_after }));
  }

  /**
   * Decides on these listings as if the crosswalk had always been as it is, and on all that the matcher linked to
   * the coins they leave or join: that may rest on them, and must not share a coin with them unseen.
   */
  private async decideAnew(
    manager: EntityManager,
    coinIds: readonly string[],
    listings: readonly LinkedRow[],
  ): Promise<Moved[]> {
    if (listings.length === 0) return [];
    const ids = new Set(listings.map((row) => row.listing_id));
    const inCoins: HeldListing[] = await manager.query(listingSql.LISTINGS_OF_COINS, [coinIds]);
    const released = inCoins.filter(
      (row) => ids.has(row.listing_id) || (row.decided_by === MATCHER && row.method !== 'crosswalk'),
    );
    const releasedIds = released.map((row) => row.listing_id);
    await manager.query(REVOKE, [releasedIds]);
    await manager.query(sql.RELEASE, [releasedIds]);

    const cameFrom = new Map(released.map((row) => [row.listing_id, row.coin_id]));
    const staying = new Set(inCoins.filter((row) => !cameFrom.has(row.listing_id)).map((row) => row.coin_id));
    const plan = await this.plan(manager, releasedIds, cameFrom, staying);
    const touched: { listing_id: string; coin_id: string | null }[] = await manager.query(sql.LOCK_LISTINGS, [
      plan.links.map(({ listingId }) => listingId),
    ]);
    const coinOf = new Map(touched.map((row) => [row.listing_id, row.coin_id]));
    await this.coins.found(manager, plan.found);
    await this.identity.apply(manager, plan);
    // What was settled stays so: a review would name it anew.
    const settled = released.filter((row) => row.settled).map((row) => row.listing_id);
    await manager.query(sql.SETTLE, [settled]);
    return plan.links.map(({ listingId, coinId }) => ({
      from: cameFrom.get(listingId) ?? coinOf.get(listingId) ?? coinId,
      to: coinId,
    }));
  }

  private async plan(
    manager: EntityManager,
    listingIds: readonly string[],
    cameFrom: ReadonlyMap<string, string>,
    staying: ReadonlySet<string>,
  ): Promise<LinkPlan> {
    const plan = await this.identity.plan(manager, await this.crosswalk.today(manager), listingIds, []);
    const names = plan.found.map(({ coinId }) => coinId);
    const there: { coin_id: string }[] = await manager.query(sql.COINS, [names]);
    const known = new Set(there.map((row) => row.coin_id));
    const made = new Set(names.filter((name) => !known.has(name) && !this.crosswalk.names(name)));
    return withKeptNames(
      plan,
      made,
      (listingId) => cameFrom.get(listingId),
      (coinId) => !staying.has(coinId) && !this.crosswalk.names(coinId),
    );
  }

  private reportOverruled(rows: readonly NamedRow[]): void {
    for (const { line, source, source_coin_id, coin_id, named } of rows)
      this.logger.warn(
        `Crosswalk, line ${line}: ${source} ${source_coin_id} is ${named} here, but a person decided that it is ${coin_id}, and that holds. Change the line, or undo the decision (GET /identity/decisions)`,
      );
  }
}

interface Moved {
  readonly from: string;
  readonly to: string;
}

function isNothing({ otherwise, namedNoMore }: Differences): boolean {
  return otherwise.length === 0 && namedNoMore.length === 0;
}
