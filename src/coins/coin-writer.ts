import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { sourceSettings } from '../config/read-settings.js';
import { Settings } from '../config/settings.js';
import { bumpDataVersion } from '../database/data-version.js';
import * as sql from './coin-writer.queries.js';
import { consensus } from './consensus.js';
import type { ConsensusContext } from './consensus.js';

export interface FoundedCoin {
  readonly coinId: string;
  readonly symbol: string;
  readonly name: string;
}

export interface MergedCoin {
  readonly coinId: string;
  readonly mergedInto: string;
}

interface ListingRow {
  readonly coin_id: string;
  readonly listing_id: string;
  readonly source: string;
  readonly symbol: string;
  readonly name: string;
  readonly price: string | null;
  readonly market_cap: string | null;
  readonly volume_24h: string | null;
  readonly price_change_24h: string | null;
  readonly rank: number | null;
  readonly quoted_at: Date | null;
  readonly now: Date;
}

/** Coins derived in one go when time alone has changed them. */
const BATCH = 2_000;

/** The one door through which coins are written. */
@Injectable()
export class CoinWriter {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async found(manager: EntityManager, coins: readonly FoundedCoin[]): Promise<void> {
    if (coins.length === 0) return;
    await manager.query(sql.FOUND_COINS, [
      JSON.stringify(
        coins.map(({ coinId, symbol, name }) => ({ coin_id: coinId, symbol: symbol.toUpperCase(), name })),
      ),
    ]);
  }

  private async merge(manager: EntityManager, coins: readonly MergedCoin[]): Promise<void> {
    if (coins.length === 0) return;
    const rows = JSON.stringify(
      coins.map(({ coinId, mergedInto }) => ({ coin_id: coinId, merged_into: mergedInto })),
    );
    await manager.query(sql.MERGE_COINS, [rows]);
    await manager.query(sql.FOLLOW_SIGNPOSTS, [rows]);
  }

  /**
   * Derives the consensus of these coins anew from the listings they have now. `merged` have lost theirs to one of
   * them; all of them are locked in one go, so that two transactions can't wait for each other.
   */
  async derive(
    manager: EntityManager,
    coinIds: readonly string[],
    merged: readonly MergedCoin[] = [],
  ): Promise<void> {
    if (coinIds.length === 0) return;
    await manager.query(sql.LOCK_COINS, [[...coinIds, ...merged.map(({ coinId }) => coinId)]]);
    await this.merge(manager, merged);
    // A statement of its own: it sees what others committed while the lock was waited for.
    const rows: ListingRow[] = await manager.query(sql.LISTINGS_OF_COINS, [coinIds]);
    const byCoin = new Map<string, ListingRow[]>();
    for (const row of rows) {
      const listings = byCoin.get(row.coin_id);
      if (listings) listings.push(row);
      else byCoin.set(row.coin_id, [row]);
    }
    const derived = [...byCoin].map(([coinId, listings]) => this.deriveOne(coinId, listings));
    await manager.query(sql.WRITE_COINS, [JSON.stringify(derived)]);
  }

  /** Coins of which a quote has become stale since they were derived. Any replica may do it, at any time. */
  async refreshExpired(): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows: { coin_id: string }[] = await manager.query(sql.EXPIRED_COINS, [BATCH]);
      if (rows.length === 0) return 0;
      await this.derive(
        manager,
        rows.map((row) => row.coin_id),
      );
      await bumpDataVersion(manager);
      return rows.length;
    });
  }

  private deriveOne(coinId: string, rows: readonly ListingRow[]): object {
    const now = rows[0]?.now ?? new Date();
    const result = consensus(
      rows.map((row) => ({
        listingId: row.listing_id,
        source: row.source,
        price: row.price,
        marketCap: row.market_cap,
        volume24h: row.volume_24h,
        priceChange24h: row.price_change_24h,
        rank: row.rank,
        quotedAt: row.quoted_at,
      })),
      consensusContext(this.settings, now),
    );
    const named = mostTrusted(rows, this.settings.SOURCES);
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
      as_of: result.asOf,
      fresh_until: result.freshUntil,
    };
  }
}

export function consensusContext(settings: Settings, now: Date): ConsensusContext {
  return {
    now,
    limitPercent: settings.CONSENSUS_LIMIT_PERCENT,
    preference: settings.SOURCES,
    freshMinutes: (source) => sourceSettings(settings, source).freshMinutes,
  };
}

/** Whose spelling of symbol and name the coin takes: the most trusted source's, then the oldest listing's. */
function mostTrusted(rows: readonly ListingRow[], preference: readonly string[]): ListingRow {
  const place = (source: string): number => {
    const index = preference.indexOf(source);
    return index === -1 ? preference.length : index;
  };
  const [first, ...rest] = rows;
  if (!first) throw new Error('a coin without listings was to be derived');
  return rest.reduce((best, row) => (place(row.source) < place(best.source) ? row : best), first);
}
