import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { sourceSettings } from '../config/read-settings.js';
import { inPieces } from '../common/in-pieces.js';
import { Settings } from '../config/settings.js';
import { bumpDataVersion } from '../database/data-version.js';
import { isLockTimeout } from '../database/database-errors.js';
import { copyRows } from '../database/copy-rows.js';
import type { Cell } from '../database/copy-rows.js';
import { pipelined } from '../database/pipelined.js';
import { ONE_AT_A_TIME } from '../identity/identity-links.queries.js';
import type { LinkPlan, NewCoin } from '../identity/link-plan.js';
import * as sql from './coin-writer.queries.js';
import { consensus } from './consensus.js';
import type { Consensus, ConsensusContext } from './consensus.js';
import { toVotingListing } from './listing-row.js';
import type { ListingRow } from './listing-row.js';
import { byTrust } from './source-trust.js';

type MergedCoin = LinkPlan['merged'][number];

interface DerivingRow extends ListingRow {
  readonly coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly implausible: boolean;
  readonly now: Date;
}

/** What of a new listing its coin is derived from. */
export type EnteringRow = Omit<DerivingRow, 'coin_id' | 'implausible' | 'listing_id'>;

/** A coin's columns but those that its table fills. */
type CoinRow = Readonly<Record<(typeof sql.COIN)[number], Cell | readonly string[]>>;

/** A coin of one listing, whatever it is called. */
export interface AloneCoin {
  readonly coin: CoinRow;
  readonly implausible: boolean;
}

interface Derived {
  readonly coin: CoinRow;
  /** Listings that are implausible now and weren't, or the other way round. */
  readonly changedFlags: readonly { readonly listing_id: string; readonly implausible: boolean }[];
}

/** Coins that are derived while others are written. */
const AT_ONCE = 1_000;
/** Coins derived in one go when time alone has changed them. */
const BATCH = 2_000;
/** A page is loaded in less. */
const REFRESH_PATIENCE_MS = 2_000;

/** The one door through which coins are written. */
@Injectable()
export class CoinWriter {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async found(manager: EntityManager, coins: readonly NewCoin[]): Promise<void> {
    if (coins.length === 0) return;
    await manager.query(sql.FOUND_COINS, [
      JSON.stringify(
        coins.map(({ coinId, symbol, name }) => ({ coin_id: coinId, symbol: symbol.toUpperCase(), name })),
      ),
    ]);
  }

  /**
   * What coins would be with each of these listings alone, in their order: most new listings are, so it is worked out
   * before they have got their ids.
   */
  async alone(listings: readonly EnteringRow[]): Promise<readonly AloneCoin[]> {
    const rows = listings.map((listing) => ['', [enteringRowOf(listing)]] as const);
    const derived = await inPieces(this.deriveEach(rows));
    return derived.map(({ coin, changedFlags }) => ({ coin, implausible: changedFlags.length > 0 }));
  }

  /** Makes coins, none of which may be there, of one listing each, which is entered after them. */
  async foundAlone(
    manager: EntityManager,
    coins: readonly { readonly coinId: string; readonly alone: AloneCoin }[],
  ): Promise<void> {
    const rows = coins.map(({ coinId, alone }) =>
      sql.COIN.map((column) => (column === 'coin_id' ? coinId : cellOf(alone.coin[column]))),
    );
    await copyRows(manager, 'coins', sql.COIN, rows);
  }

  private async merge(manager: EntityManager, coins: readonly MergedCoin[]): Promise<void> {
    if (coins.length === 0) return;
    const rows = JSON.stringify(
      coins.map(({ coinId, mergedInto }) => ({ coin_id: coinId, merged_into: mergedInto })),
    );
    await manager.query(sql.MERGE_COINS, [rows]);
    await manager.query(sql.FOLLOW_SIGNPOSTS, [rows]);
  }

  /** Lets coins that have no listings lead elsewhere than they do. */
  async point(manager: EntityManager, coins: readonly MergedCoin[]): Promise<void> {
    if (coins.length === 0) return;
    await manager.query(sql.POINT_SIGNPOSTS, [
      JSON.stringify(coins.map(({ coinId, mergedInto }) => ({ coin_id: coinId, merged_into: mergedInto }))),
    ]);
  }

  /**
   * Derives the consensus of these coins anew from the listings they have now; `merged` have lost theirs to one of
   * them. In a transaction that may decide on listings, of which there is one at a time: no other writes coins.
   */
  async derive(
    manager: EntityManager,
    coinIds: readonly string[],
    merged: readonly MergedCoin[] = [],
  ): Promise<void> {
    if (coinIds.length === 0) return;
    const parts = partsOf(coinIds);
    const listingsOf = async (part: readonly string[] | undefined): Promise<DerivingRow[]> =>
      part ? manager.query(sql.LISTINGS_OF_COINS, [part]) : [];
    let [rows] = await pipelined(
      () => listingsOf(parts[0]),
      () => this.merge(manager, merged),
    );
    let derived: readonly Derived[] = [];
    // While one part is worked out PostgreSQL writes the one before and looks for the one after.
    for (let at = 0; at < parts.length; at += 1) {
      const [, next, now] = await pipelined(
        () => this.write(manager, derived),
        () => listingsOf(parts[at + 1]),
        () => inPieces(this.deriveEach(byCoin(rows))),
      );
      rows = next;
      derived = now;
    }
    await this.write(manager, derived);
  }

  private async write(manager: EntityManager, derived: readonly Derived[]): Promise<void> {
    if (derived.length === 0) return;
    const flagged = derived.flatMap(({ changedFlags }) => changedFlags);
    await pipelined(
      (): Promise<unknown> =>
        manager.query(sql.WRITE_COINS, [JSON.stringify(derived.map(({ coin }) => coin))]),
      async () => {
        if (flagged.length > 0) await manager.query(sql.FLAG_LISTINGS, [JSON.stringify(flagged)]);
      },
    );
  }

  /** Coins of which a quote has become stale since they were derived. Any replica may do it, at any time. */
  async refreshExpired(): Promise<number> {
    // Most of the time there are none, and nobody has to be kept from deciding.
    if ((await this.dataSource.query<unknown[]>(sql.EXPIRED_COINS, [1])).length === 0) return 0;
    try {
      return await this.dataSource.transaction((manager) => this.refresh(manager));
    } catch (error) {
      // Somebody decides for long; these coins are as they are until the next time.
      if (isLockTimeout(error)) return 0;
      throw error;
    }
  }

  private async refresh(manager: EntityManager): Promise<number> {
    await manager.query(`SET LOCAL lock_timeout = ${REFRESH_PATIENCE_MS}`);
    await manager.query(ONE_AT_A_TIME);
    await manager.query('SET LOCAL lock_timeout TO DEFAULT');
    const rows: { coin_id: string }[] = await manager.query(sql.EXPIRED_COINS, [BATCH]);
    if (rows.length === 0) return 0;
    await this.derive(
      manager,
      rows.map((row) => row.coin_id),
    );
    await bumpDataVersion(manager);
    return rows.length;
  }

  /** In pieces: all coins of a source's one answer are thousands. */
  private *deriveEach(
    coins: readonly (readonly [string, readonly DerivingRow[]])[],
  ): Generator<undefined, Derived[]> {
    const derived: Derived[] = [];
    // All are read by one transaction, whose time is theirs.
    const now = coins[0]?.[1][0]?.now;
    if (!now) return derived;
    const context = consensusContext(this.settings, now);
    for (const [coinId, listings] of coins) {
      derived.push(this.deriveOne(coinId, listings, context));
      yield undefined;
    }
    return derived;
  }

  private deriveOne(coinId: string, rows: readonly DerivingRow[], context: ConsensusContext): Derived {
    const result = consensus(rows.map(toVotingListing), context);
    return {
      coin: toCoin(coinId, rows, result, this.settings.SOURCES),
      changedFlags: result.votes.flatMap(({ listingId, implausible }) =>
        rows.some((row) => row.listing_id === listingId && row.implausible !== implausible)
          ? [{ listing_id: listingId, implausible }]
          : [],
      ),
    };
  }
}

function partsOf(coinIds: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(coinIds.length / AT_ONCE);
  return Array.from({ length: count }, (_, at) => coinIds.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
}

function byCoin(rows: readonly DerivingRow[]): readonly (readonly [string, readonly DerivingRow[]])[] {
  const coins = new Map<string, DerivingRow[]>();
  for (const row of rows) {
    const listings = coins.get(row.coin_id);
    if (listings) listings.push(row);
    else coins.set(row.coin_id, [row]);
  }
  return [...coins];
}

export function consensusContext(settings: Settings, now: Date): ConsensusContext {
  const minutesOf = new Map<string, number>();
  const freshMinutes = (source: string): number => {
    const known = minutesOf.get(source);
    if (known !== undefined) return known;
    const minutes = sourceSettings(settings, source).freshMinutes;
    minutesOf.set(source, minutes);
    return minutes;
  };
  return {
    now,
    limitPercent: settings.CONSENSUS_LIMIT_PERCENT,
    preference: settings.SOURCES,
    freshMinutes,
  };
}

function toCoin(
  coinId: string,
  rows: readonly DerivingRow[],
  result: Consensus,
  preference: readonly string[],
): CoinRow {
  const trusted = byTrust(preference);
  // Symbol and name are spelt as the most trusted source spells them.
  const named = rows.reduce((best, row) =>
    trusted(toVotingListing(row), toVotingListing(best)) < 0 ? row : best,
  );
  return {
    coin_id: coinId,
    symbol: named.symbol.toUpperCase(),
    name: named.name,
    price: result.price,
    market_cap: result.marketCap,
    volume_24h: result.volume24h,
    price_change_24h: result.priceChange24h,
    rank: result.rank,
    price_status: result.status,
    sources: [...new Set(rows.map((row) => row.source))].sort(),
    // As text: JSON writes a Date several times as slowly.
    as_of: result.asOf?.toISOString() ?? null,
    fresh_until: result.freshUntil?.toISOString() ?? null,
    divergence: result.divergence?.percent ?? null,
    lowest_listing_id: result.divergence?.lowestListingId ?? null,
    highest_listing_id: result.divergence?.highestListingId ?? null,
  };
}

function cellOf(value: Cell | readonly string[]): Cell {
  // JSON's quotes are those of an array's elements too.
  return value instanceof Array ? `{${value.map((element) => JSON.stringify(element)).join(',')}}` : value;
}

/** Field by field: spreading takes ten times as long. */
function enteringRowOf(listing: EnteringRow): DerivingRow {
  return {
    coin_id: '',
    listing_id: '',
    source: listing.source,
    source_coin_id: listing.source_coin_id,
    symbol: listing.symbol,
    name: listing.name,
    price: listing.price,
    market_cap: listing.market_cap,
    volume_24h: listing.volume_24h,
    price_change_24h: listing.price_change_24h,
    rank: listing.rank,
    quoted_at: listing.quoted_at,
    implausible: false,
    now: listing.now,
  };
}
