import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import { coinSlug } from '../identity/coin-slug.js';
import { CrosswalkBook } from '../identity/crosswalk-book.js';
import { REVOKE } from '../identity/settled-links.queries.js';
import * as sql from './listing-moves.queries.js';
import type { Candidate } from './solved-doubts.js';

/** A listing as it is linked now, its row locked. */
export interface HeldListing {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly coin_id: string;
  readonly link_id: string;
  readonly method: string;
  readonly candidates: readonly Candidate[];
  /** `matcher`, or a person. */
  readonly decided_by: string;
  readonly settled: boolean;
}

export interface ApartFrom {
  /** Whether its coin has other listings. */
  readonly shared: boolean;
  readonly listings: readonly { readonly source: string; readonly source_coin_id: string }[];
}

/** What is to hold of a listing from now on. */
export interface NewLink {
  readonly listing: HeldListing;
  readonly coinId: string;
  readonly method: 'pinned' | 'split' | 'crosswalk';
  readonly evidence: readonly string[];
  /** Listings it is not, whatever speaks for it. */
  readonly apartFrom?: ApartFrom['listings'];
}

/** A listing as a decision found and left it. */
export interface Move {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly link_before: string;
  readonly link_after: string;
  readonly coin_before: string;
  readonly coin_after: string;
}

/** A coin that was merged, and what it leads to. */
export interface Signpost {
  readonly coin_id: string;
  readonly merged_into: string;
}

export interface Coin {
  readonly coin_id: string;
  readonly merged_into: string | null;
}

/** Links listings to other coins, and leaves every coin touched as it must be. Only under the IdentityLock. */
@Injectable()
export class ListingMoves {
  constructor(
    private readonly coins: CoinWriter,
    private readonly crosswalk: CrosswalkBook,
  ) {}

  async coin(manager: EntityManager, coinId: string): Promise<Coin | null> {
    const rows: Coin[] = await manager.query(sql.COIN, [coinId]);
    return rows[0] ?? null;
  }

  /** What a listing that is split off is kept apart from: those it shares its coin with, and those it was taken for. */
  async apartFrom(manager: EntityManager, listing: HeldListing): Promise<ApartFrom> {
    const all: HeldListing[] = await manager.query(sql.LISTINGS_OF_COINS, [[listing.coin_id]]);
    const others = all.filter((other) => other.listing_id !== listing.listing_id);
    const listings = [
      ...others.map(({ source, source_coin_id }) => ({ source, source_coin_id })),
      ...listing.candidates.map(({ source, sourceCoinId }) => ({ source, source_coin_id: sourceCoinId })),
    ];
    return {
      shared: others.length > 0,
      listings: listings.sort((a, b) => (a.source + a.source_coin_id < b.source + b.source_coin_id ? -1 : 1)),
    };
  }

  /** Whether a listing that shares its coin can be this one again, which was founded for it and has no listings now. */
  async canBeAgain(manager: EntityManager, listing: HeldListing, coinId: string): Promise<boolean> {
    if (!this.mayName(listing, coinId)) return false;
    const rows: unknown[] = await manager.query(sql.WAS_FOUNDED_FOR, [coinId, listing.listing_id]);
    return rows.length > 0 && (await this.apartFrom(manager, listing)).shared;
  }

  /** The crosswalk's names are its coins', there already or not. */
  private mayName(listing: HeldListing, coinId: string): boolean {
    const own = this.crosswalk.coinsOf([{ ...listing, sourceCoinId: listing.source_coin_id }]);
    return own.includes(coinId) || !this.crosswalk.names(coinId);
  }

  /** The coin of a listing that gets one of its own, as it was called before if it was one; its id. */
  async found(manager: EntityManager, listing: HeldListing): Promise<string> {
    const former: { coin_id: string }[] = await manager.query(sql.FOUNDED_FOR, [listing.listing_id]);
    const again = former.find((row) => this.mayName(listing, row.coin_id));
    if (again) return again.coin_id;
    const taken = new Set<string>();
    for (;;) {
      const coinId = coinSlug(
        { ...listing, sourceCoinId: listing.source_coin_id },
        (slug) => taken.has(slug) || this.crosswalk.names(slug),
      );
      if ((await this.coin(manager, coinId)) === null) {
        await this.coins.found(manager, [{ coinId, symbol: listing.symbol, name: listing.name }]);
        return coinId;
      }
      taken.add(coinId);
    }
  }

  /** Founds a coin of this id for a listing, unless it is there. */
  async foundAs(manager: EntityManager, listing: HeldListing, coinId: string): Promise<void> {
    await this.coins.found(manager, [{ coinId, symbol: listing.symbol, name: listing.name }]);
  }

  async relink(manager: EntityManager, links: readonly NewLink[], decidedBy: string): Promise<Move[]> {
    await manager.query(REVOKE, [links.map(({ listing }) => listing.listing_id)]);
    const rows = links.map(({ listing, coinId, method, evidence, apartFrom }) => ({
      listing_id: listing.listing_id,
      coin_id: coinId,
      method,
      evidence,
      apart_from: apartFrom,
    }));
    const made: { listing_id: string; link_id: string }[] = await manager.query(sql.DECIDE, [
      JSON.stringify(rows),
      decidedBy,
    ]);
    const linkOf = new Map(made.map((row) => [row.listing_id, row.link_id]));
    await manager.query(sql.LINK_LISTINGS, [JSON.stringify(rows)]);
    return links.map(({ listing, coinId }) => ({
      listing_id: listing.listing_id,
      source: listing.source,
      source_coin_id: listing.source_coin_id,
      link_before: listing.link_id,
      link_after: linkOf.get(listing.listing_id) ?? '',
      coin_before: listing.coin_id,
      coin_after: coinId,
    }));
  }

  /** Puts the links back that these moves replaced. */
  async moveBack(manager: EntityManager, moves: readonly Move[]): Promise<void> {
    await manager.query(REVOKE, [moves.map((move) => move.listing_id)]);
    await manager.query(sql.REINSTATE, [moves.map((move) => move.link_before)]);
    const rows = moves.map((move) => ({ listing_id: move.listing_id, coin_id: move.coin_before }));
    await manager.query(sql.LINK_LISTINGS, [JSON.stringify(rows)]);
  }

  /**
   * Derives every coin that gained or lost a listing; one that lost its last becomes a signpost to where it went, and
   * what led to where a listing has left leads on after it. Returns what had pointed to those that lost their last.
   */
  async settle(
    manager: EntityManager,
    moved: readonly { readonly from: string; readonly to: string }[],
  ): Promise<readonly Signpost[]> {
    const touched = [...new Set(moved.flatMap(({ from, to }) => [from, to]))];
    const rows: { coin_id: string }[] = await manager.query(sql.COINS_WITH_LISTINGS, [touched]);
    const living = new Set(rows.map((row) => row.coin_id));
    const goals = new Map([...moved].reverse().map(({ from, to }) => [from, to]));
    const merged = touched.flatMap((coinId) => {
      const goal = living.has(coinId) ? undefined : goals.get(coinId);
      return goal === undefined ? [] : [{ coinId, mergedInto: goal }];
    });
    const signposts: Signpost[] = await manager.query(sql.SIGNPOSTS_TO, [merged.map(({ coinId }) => coinId)]);
    await this.coins.derive(manager, [...living].sort(), merged);
    const astray: Signpost[] = await manager.query(sql.ASTRAY, [touched]);
    await this.point(manager, astray);
    return signposts;
  }

  /** Keeps what a person saw of these coins as it is. */
  async keep(manager: EntityManager, moves: readonly Move[]): Promise<void> {
    const coins = new Set(moves.flatMap((move) => [move.coin_before, move.coin_after]));
    await manager.query(sql.SETTLE_COINS, [[...coins]]);
  }

  /** Lets signposts lead where these do. */
  async point(manager: EntityManager, signposts: readonly Signpost[]): Promise<void> {
    await this.coins.point(
      manager,
      signposts.map((post) => ({ coinId: post.coin_id, mergedInto: post.merged_into })),
    );
  }
}
