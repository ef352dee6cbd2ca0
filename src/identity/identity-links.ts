import { getHeapStatistics } from 'node:v8';
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { inPieces } from '../common/in-pieces.js';
import { copyRows } from '../database/copy-rows.js';
import { pipelined } from '../database/pipelined.js';
import { askPrepared } from '../database/prepared.js';
import { CrosswalkBook } from './crosswalk-book.js';
import * as sql from './identity-links.queries.js';
import * as settled from './settled-links.queries.js';
import { countNear, keysOf, near, nearNow } from './near-queries.js';
import { firstWish, NO_PLAN, planLinks } from './link-plan.js';
import type { LinkPlan, PlannedLink } from './link-plan.js';
import { matching } from './matcher.js';
import type { CoinGroup } from './coin-group.js';
import { contestableKeys } from './listing-evidence.js';
import { asNear, asUndecided, isDecidedByPerson, isFree, toEvidence } from './near-listing.js';
import type { ListingKeys, NearListing, NewListing } from './near-listing.js';
import { suspicions } from './suspects.js';

/** What is decided on a page's listings. */
export interface PagePlan extends LinkPlan {
  /** Whether anything near them is settled, and so can come into doubt. */
  readonly meetsSettled: boolean;
}

type TooMany = { readonly listing_id: null };

const NEW_LINK = ['listing_id', 'coin_id', 'method', 'confidence', 'evidence', 'candidates', 'decided_by'];

/** So few are reviewed without asking which of them matter. */
const FEW = 5_000;

/**
 * With all that is near them they are held in memory at once, and all that is made of them: about 6 kB each. Of the heap
 * half is left to others.
 */
const MOST_REVIEWED = 100_000;
const REVIEWED_BYTES = 6_000;

/** Decides which coins listings are, with the decisions and their evidence kept. */
@Injectable()
export class IdentityLinks {
  private readonly logger = new Logger(IdentityLinks.name);

  constructor(private readonly crosswalk: CrosswalkBook) {}

  /**
   * Before anything else of a transaction that may decide: whoever decides changes listings of other sources too, and
   * must not meet half-way with a page that holds those and waits to decide itself. Returns the crosswalk as it is for
   * as long as this goes on.
   */
  async begin(manager: EntityManager): Promise<CrosswalkBook> {
    const [, [tables], crosswalk] = await pipelined(
      (): Promise<unknown> => manager.query(sql.ONE_AT_A_TIME),
      () => askPrepared<{ misjudged: boolean }>(manager, sql.MISJUDGED, []),
      () => this.crosswalk.today(manager),
    );
    if (tables?.misjudged) await manager.query(sql.LOOK_AGAIN);
    return crosswalk;
  }

  /**
   * Decides on new listings, stored or not, and on listings with new evidence, and again on those nearby that stand
   * alone: whether two listings are one coin must not depend on which of them came first. Writes nothing yet.
   */
  async plan(
    manager: EntityManager,
    crosswalk: CrosswalkBook,
    listingIds: readonly string[],
    newListings: readonly NewListing[],
  ): Promise<PagePlan> {
    const stored = listingIds.length === 0 ? [] : await keysOf(manager, listingIds);
    const newcomers = newListings.map(asNear);
    const keys = [...stored, ...newcomers];
    const taken = new TakenSlugs((slugs) => askPrepared(manager, sql.TAKEN_SLUGS, [slugs]));
    const [nearby] = await pipelined(
      () => near(manager, crosswalk, stored, newcomers),
      () => {
        // What they share with others, and what they would call their coins: worked out while that is looked for.
        for (const row of newcomers) contestableKeys(asUndecided(row));
        return taken.ask([...new Set(newcomers.map(firstWish))]);
      },
    );
    const found = [...nearby, ...newcomers];
    const free = found.filter(isFree);
    if (free.length === 0) return { ...NO_PLAN, meetsSettled: true };
    const freeIds = new Set(free.map((row) => row.listing_id));
    const asked = new Set(keys.map((row) => row.listing_id));
    // What is near what was asked for is known already, as long as all of that is free.
    const allFree = keys.every((row) => freeIds.has(row.listing_id));
    const others = allFree ? free.filter((row) => !asked.has(row.listing_id)) : free;
    const nearOthers = others.length === 0 ? [] : await near(manager, crosswalk, others);
    const rows = allFree ? merged(found, nearOthers) : [...nearOthers, ...newcomers];
    const keepsName = (): boolean => true;
    const plan = await planLinks(
      await decide(crosswalk, free, rows),
      free,
      keepsName,
      coinsBeside(free, rows),
      (slugs) => taken.among(slugs),
    );
    return { ...plan, meetsSettled: !allFree || rows.some((row) => row.settled || row.suspect !== null) };
  }

  /** Before what was decided is written. */
  async decided(manager: EntityManager): Promise<void> {
    await manager.query(sql.LOOKED_UP);
  }

  /**
   * Decides once more, in one go, on everything that was decided page by page and isn't settled: what comes out
   * depends on no order, names of coins included. Writes nothing yet.
   */
  async review(manager: EntityManager, crosswalk: CrosswalkBook): Promise<LinkPlan> {
    const unsettled = await this.unsettled(manager);
    if (unsettled.length === 0) return NO_PLAN;
    if (unsettled.length > FEW && (await countNear(manager, crosswalk, unsettled)) > mostReviewed()) {
      this.giveUpReview();
      return NO_PLAN;
    }
    const open = new Set(unsettled.map((row) => row.listing_id));
    const rows = await near(manager, crosswalk, unsettled);
    const free = rows.filter((row) => open.has(row.listing_id) || isFree(row));
    const known = await this.knownByName(manager, free);
    const keepsName = (row: NearListing): boolean => row.settled || known.has(row.listing_id);
    const decidedOn = free.map((row) => row.listing_id);
    const taken = new TakenSlugs((slugs) => manager.query(sql.NAMES_THAT_STAY, [slugs, decidedOn]));
    return planLinks(await decide(crosswalk, free, rows), free, keepsName, coinsBeside(free, rows), (slugs) =>
      taken.among(slugs),
    );
  }

  /** From now on what was decided stays: evidence against it makes it suspect. */
  async settle(manager: EntityManager): Promise<void> {
    await manager.query(settled.SETTLE);
  }

  /**
   * Writes a plan, once its new coins and listings are there. `entering` are the listings that come with their coin.
   * Returns every coin of which another listing changed.
   */
  async apply(
    manager: EntityManager,
    plan: LinkPlan,
    entering: ReadonlySet<string> = new Set(),
  ): Promise<readonly string[]> {
    const moved = plan.links.filter(({ listingId }) => !entering.has(listingId));
    await pipelined(
      () =>
        this.decideNew(
          manager,
          plan.links.filter(({ listingId }) => entering.has(listingId)),
        ),
      () => this.decideAgain(manager, moved),
    );
    return [...new Set(moved.map(({ coinId }) => coinId))];
  }

  /** Holds the settled links of these listings, and of what is near them, against all that is known now. */
  async doubt(
    manager: EntityManager,
    crosswalk: CrosswalkBook,
    listingIds: readonly string[],
  ): Promise<void> {
    if (listingIds.length === 0) return;
    const rows = await nearNow(manager, crosswalk, await keysOf(manager, listingIds));
    const again = rows.filter((row) => !isDecidedByPerson(row));
    if (!again.some((row) => row.suspect !== null || (row.settled && !row.alone))) return;
    const groups = await decide(crosswalk, again, await nearNow(manager, crosswalk, again));
    const doubts = suspicions(again, groups).map(({ listingId, reasons }) => ({
      listing_id: listingId,
      suspect: reasons,
    }));
    await manager.query(sql.SUSPECT, [JSON.stringify(doubts)]);
  }

  /** The listings of these coins whose links their prices speak against, or did. */
  async questionable(manager: EntityManager, coinIds: readonly string[]): Promise<readonly string[]> {
    if (coinIds.length === 0) return [];
    const rows: { listing_id: string }[] = await manager.query(sql.QUESTIONABLE, [coinIds]);
    return rows.map((row) => row.listing_id);
  }

  private async decideAgain(manager: EntityManager, links: readonly PlannedLink[]): Promise<void> {
    if (links.length === 0) return;
    const rows = links.map(({ listingId, coinId }) => ({ listing_id: listingId, coin_id: coinId }));
    await pipelined(
      (): Promise<unknown> => manager.query(settled.REVOKE, [links.map(({ listingId }) => listingId)]),
      (): Promise<unknown> => manager.query(sql.DECIDE, [JSON.stringify(links.map(decisionOf))]),
      (): Promise<unknown> => manager.query(sql.LINK_LISTINGS, [JSON.stringify(rows)]),
    );
  }

  private async decideNew(manager: EntityManager, links: readonly PlannedLink[]): Promise<void> {
    const rows = links.map(({ listingId, coinId, member }) => [
      listingId,
      coinId,
      member.method,
      member.confidence,
      JSON.stringify(member.evidence),
      JSON.stringify(member.candidates),
      'matcher',
    ]);
    await copyRows(manager, 'identity_links', NEW_LINK, rows);
  }

  private async unsettled(manager: EntityManager): Promise<readonly ListingKeys[]> {
    // Given as a number: by what the planner would guess it reads all links for the few there are.
    const through: { last: string }[] = await manager.query(settled.SETTLED_THROUGH);
    const last = through[0]?.last;
    await manager.query(sql.WHOLE_TABLES.begin);
    const some: ListingKeys[] = await manager.query(sql.UNSETTLED, [last, FEW + 1]);
    const contested: (ListingKeys | TooMany)[] =
      some.length <= FEW ? some : await manager.query(sql.CONTESTED, [last, mostReviewed()]);
    await manager.query(sql.WHOLE_TABLES.end);
    const all = contested.filter((row) => row.listing_id !== null);
    if (all.length === contested.length) return all;
    this.giveUpReview();
    return [];
  }

  private async knownByName(
    manager: EntityManager,
    listings: readonly NearListing[],
  ): Promise<ReadonlySet<string>> {
    const linked = listings.filter((row) => row.coin_id !== null);
    const rows: { listing_id: string }[] = await manager.query(settled.KNOWN_BY_NAME, [
      linked.map((row) => row.listing_id),
      linked.map((row) => row.coin_id),
    ]);
    return new Set(rows.map((row) => row.listing_id));
  }

  private giveUpReview(): void {
    this.logger.warn('Too many listings to review in one go; what was decided page by page stays');
  }
}

function mostReviewed(): number {
  return Math.min(MOST_REVIEWED, Math.floor(getHeapStatistics().heap_size_limit / 2 / REVIEWED_BYTES));
}

function decisionOf({ listingId, coinId, member }: PlannedLink): object {
  return {
    listing_id: listingId,
    coin_id: coinId,
    method: member.method,
    confidence: member.confidence,
    evidence: member.evidence,
    candidates: member.candidates,
  };
}

function decide(
  crosswalk: CrosswalkBook,
  free: readonly NearListing[],
  rows: readonly NearListing[],
): Promise<CoinGroup[]> {
  const freeIds = new Set(free.map((row) => row.listing_id));
  return inPieces(
    matching(
      free.map(asUndecided),
      rows
        .filter((row) => row.coin_id !== null && !freeIds.has(row.listing_id))
        .map((row) => toEvidence(row)),
      crosswalk.entries,
    ),
  );
}

function merged(rows: readonly NearListing[], more: readonly NearListing[]): readonly NearListing[] {
  const known = new Set(rows.map((row) => row.listing_id));
  return [...rows, ...more.filter((row) => !known.has(row.listing_id))];
}

/** The coins of what is near and isn't decided on. */
function coinsBeside(free: readonly NearListing[], near: readonly NearListing[]): ReadonlySet<string> {
  const freeIds = new Set(free.map((row) => row.listing_id));
  return new Set(near.flatMap((row) => (freeIds.has(row.listing_id) ? [] : (row.coin_id ?? []))));
}

/** Names of coins that are taken; each is asked for once. */
class TakenSlugs {
  private readonly asked = new Set<string>();
  private readonly taken = new Set<string>();

  constructor(private readonly look: (slugs: readonly string[]) => Promise<readonly { coin_id: string }[]>) {}

  async ask(slugs: readonly string[]): Promise<void> {
    const unknown = slugs.filter((slug) => !this.asked.has(slug));
    if (unknown.length === 0) return;
    const rows = await this.look(unknown);
    for (const slug of unknown) this.asked.add(slug);
    for (const { coin_id } of rows) this.taken.add(coin_id);
  }

  async among(slugs: readonly string[]): Promise<ReadonlySet<string>> {
    await this.ask(slugs);
    return new Set(slugs.filter((slug) => this.taken.has(slug)));
  }
}
