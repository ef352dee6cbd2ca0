import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import type { AloneCoin, EnteringRow } from '../coins/coin-writer.js';
import { Settings } from '../config/settings.js';
import { pipelined } from '../database/pipelined.js';
import type { CrosswalkBook } from '../identity/crosswalk-book.js';
import { IdentityLinks } from '../identity/identity-links.js';
import { NO_PLAN } from '../identity/link-plan.js';
import type { LinkPlan } from '../identity/link-plan.js';
import type { NewListing } from '../identity/near-listing.js';

/** A source that failed so often in a row is waited for no longer: what the others say has to stay some day. */
const FAILURES_TO_GIVE_UP = 3;

/** Whether each source has been read to its end once, or given up. $1 sources, $2 the one just read, $3 failures */
const ALL_HEARD = `
  SELECT count(*) = cardinality($1::text[]) AS heard FROM etl_checkpoints
  WHERE source = ANY($1::text[]) AND (source = $2 OR last_success_at IS NOT NULL OR failures_in_a_row >= $3)`;

/** What of a page is to be decided on. */
export interface DecidablePage {
  /** Stored listings with new evidence. */
  readonly undecided: readonly string[];
  readonly newListings: readonly NewListing[];
  /** What each of them would be alone. */
  readonly alone: Promise<readonly AloneCoin[]>;
  /** Coins whose listings have new numbers. */
  readonly touchedCoins: ReadonlySet<string>;
}

/** How new listings are written. */
export interface Entry {
  /** Their quotes, which depend on no decision. */
  readonly quotes: () => Promise<void>;
  /** `coins`: which coin each is; `implausible`: those whose numbers can't be right. */
  readonly listings: (coins: ReadonlyMap<string, string>, implausible: ReadonlySet<string>) => Promise<void>;
}

/** Takes what was loaded to coins: decides whose listings they are, and derives what the coins are worth. */
@Injectable()
export class CoinDecisions {
  constructor(
    private readonly identity: IdentityLinks,
    private readonly coins: CoinWriter,
    private readonly settings: Settings,
  ) {}

  /** Before anything of a page is written. Returns what its decisions go by. */
  begin(manager: EntityManager): Promise<CrosswalkBook> {
    return this.identity.begin(manager);
  }

  /** What of new listings can be worked out before they have got their ids. */
  alone(listings: readonly EnteringRow[]): Promise<readonly AloneCoin[]> {
    return this.coins.alone(listings);
  }

  /** Of one page. `lull` is called when PostgreSQL writes its new listings. */
  async ofPage(
    manager: EntityManager,
    crosswalk: CrosswalkBook,
    page: DecidablePage,
    entry: Entry,
    lull: () => void,
  ): Promise<void> {
    const { undecided, newListings, alone, touchedCoins } = page;
    const [plan] = await pipelined(
      async () =>
        undecided.length + newListings.length === 0
          ? { ...NO_PLAN, meetsSettled: false }
          : this.identity.plan(manager, crosswalk, undecided, newListings),
      // PostgreSQL writes them while we decide.
      entry.quotes,
    );
    const entering = new Set(newListings.map((listing) => listing.listing_id));
    const each = await alone;
    const singles = singlesOf(plan, new Map(newListings.map(({ listing_id }, at) => [listing_id, each[at]])));
    const coinOf = new Map(plan.links.map((link) => [link.listingId, link.coinId]));
    const [, , , , , linked] = await pipelined(
      async () => (newListings.length > 0 ? this.identity.decided(manager) : undefined),
      () =>
        this.coins.found(
          manager,
          plan.found.filter(({ coinId }) => !singles.has(coinId)),
        ),
      () =>
        this.coins.foundAlone(
          manager,
          [...singles].map(([coinId, single]) => ({ coinId, alone: single.alone })),
        ),
      () => {
        const implausible = [...singles.values()].filter((single) => single.alone.implausible);
        return entry.listings(coinOf, new Set(implausible.map(({ listingId }) => listingId)));
      },
      async () => lull(),
      () => this.identity.apply(manager, plan, entering),
    );
    const joined = plan.links.flatMap(({ listingId, coinId }) =>
      entering.has(listingId) && !singles.has(coinId) ? [coinId] : [],
    );
    const touched = [...touchedCoins];
    const [, questionable] = await pipelined(
      () =>
        this.coins.derive(
          manager,
          [...new Set([...touched, ...linked, ...joined, ...plan.left])],
          plan.merged,
        ),
      () => this.identity.questionable(manager, touched),
    );
    const doubtful = plan.meetsSettled ? [...undecided, ...entering] : [];
    await this.identity.doubt(manager, crosswalk, [...new Set([...doubtful, ...questionable])]);
  }

  /**
   * At the end of a pass: what the first passes decided page by page is decided as a whole, and then stays. `then` is
   * whether it was so when this pass ended the first time: other sources may be asked today.
   */
  async ofPass(manager: EntityManager, source: string, then: boolean | null = null): Promise<void> {
    if (!(then ?? (await this.allHeard(manager, source)))) return;
    const crosswalk = await this.identity.begin(manager);
    await this.carryOut(manager, await this.identity.review(manager, crosswalk));
    await this.identity.settle(manager);
  }

  private async allHeard(manager: EntityManager, source: string): Promise<boolean> {
    const parameters = [this.settings.SOURCES, source, FAILURES_TO_GIVE_UP];
    const rows: { heard: boolean }[] = await manager.query(ALL_HEARD, parameters);
    return rows[0]?.heard === true;
  }

  private async carryOut(manager: EntityManager, plan: LinkPlan): Promise<void> {
    await this.identity.decided(manager);
    await this.coins.found(manager, plan.found);
    const linked = await this.identity.apply(manager, plan);
    await this.coins.derive(manager, [...new Set([...linked, ...plan.left])], plan.merged);
  }
}

interface Single {
  readonly listingId: string;
  readonly alone: AloneCoin;
}

/** New coins, each with the new listing that is alone in it. */
function singlesOf(
  plan: LinkPlan,
  aloneOf: ReadonlyMap<string, AloneCoin | undefined>,
): ReadonlyMap<string, Single> {
  const membersOf = new Map<string, number>();
  for (const { coinId } of plan.links) membersOf.set(coinId, (membersOf.get(coinId) ?? 0) + 1);
  const founded = new Set(plan.found.flatMap(({ coinId, mayBeThere }) => (mayBeThere ? [] : [coinId])));
  const singles = new Map<string, Single>();
  for (const { listingId, coinId } of plan.links) {
    const alone = aloneOf.get(listingId);
    if (alone && founded.has(coinId) && membersOf.get(coinId) === 1)
      singles.set(coinId, { listingId, alone });
  }
  return singles;
}
