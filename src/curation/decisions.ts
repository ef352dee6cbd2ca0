import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Answer } from '../common/answer.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import type { PagingQuery } from '../common/paging.js';
import { toDecision } from './decision.dto.js';
import type { DecisionColumns, MergeBody, PinBody, SplitQuery } from './decision.dto.js';
import * as sql from './decisions.queries.js';
import { IdentityLock } from './identity-lock.js';
import { ListingMoves } from './listing-moves.js';
import type { HeldListing, Move, NewLink } from './listing-moves.js';
import * as listingSql from './listing-moves.queries.js';
import * as refused from './refusals.js';
import { solvedDoubts } from './solved-doubts.js';
import type { Candidate, Doubt } from './solved-doubts.js';

const PERSON = 'person';

/** What a person decides about identity. It beats the matcher and the crosswalk, is kept, and can be undone. */
@Injectable()
export class Decisions {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly lock: IdentityLock,
    private readonly moves: ListingMoves,
  ) {}

  /** The listing is this coin. */
  pin(body: PinBody, requestId: string): Promise<Answer> {
    return this.decide('pin', body.reason, requestId, async (manager, decisionId) => {
      const listing = await this.listing(manager, body);
      const coinId = await this.goal(manager, body.coin_id);
      if (listing.method === 'pinned' && listing.coin_id === coinId) throw refused.alreadyPinned(coinId);
      const evidence = [`a person says it is ${coinId} (decision ${decisionId})`];
      return [{ listing, coinId, method: 'pinned', evidence }];
    });
  }

  /** The listing is not the coin it is linked to, nor what it was taken for: it stands for itself. */
  split(query: SplitQuery, requestId: string): Promise<Answer> {
    return this.decide('split', query.reason, requestId, async (manager, decisionId) => {
      const listing = await this.listing(manager, query);
      const all: HeldListing[] = await manager.query(listingSql.LISTINGS_OF_COINS, [[listing.coin_id]]);
      const others = all.filter((other) => other.listing_id !== listing.listing_id);
      const alone = others.length === 0;
      if (alone && listing.method === 'split') throw refused.alreadyApart(listing.coin_id);
      const coinId = alone ? listing.coin_id : await this.moves.found(manager, listing);
      const apartFrom = [
        ...others.map(({ source, source_coin_id }) => ({ source, source_coin_id })),
        ...listing.candidates.map(({ source, sourceCoinId }) => ({ source, source_coin_id: sourceCoinId })),
      ];
      const what = alone ? 'its candidates' : listing.coin_id;
      const evidence = [`a person keeps it apart from ${what} (decision ${decisionId})`];
      return [{ listing, coinId, method: 'split', evidence, apartFrom }];
    });
  }

  /** Both coins are one. */
  merge(body: MergeBody, requestId: string): Promise<Answer> {
    return this.decide('merge', body.reason, requestId, async (manager, decisionId) => {
      if (body.from === body.into) throw refused.mergedWithItself();
      const from = await this.moves.coin(manager, body.from);
      if (from === null) throw refused.coinNotFound(body.from);
      if (from.merged_into !== null) throw refused.alreadyMerged(from.coin_id, from.merged_into);
      const coinId = await this.goal(manager, body.into);
      // `into` may have been merged into `from` before.
      if (from.coin_id === coinId) throw refused.mergedWithItself();
      const listings: HeldListing[] = await manager.query(listingSql.LISTINGS_OF_COINS, [[from.coin_id]]);
      const evidence = [`a person says that ${from.coin_id} is ${coinId} (decision ${decisionId})`];
      return listings.map((listing): NewLink => ({ listing, coinId, method: 'pinned', evidence }));
    });
  }

  async list(query: PagingQuery): Promise<Answer> {
    const paging = pagingOf(query);
    const rows: DecisionColumns[] = await this.dataSource.query(sql.DECISIONS, [paging.limit, paging.offset]);
    const counts: { total: number }[] = await this.dataSource.query(sql.COUNT_DECISIONS);
    return new Answer(rows.map(toDecision), pageMetadata(paging, counts[0]?.total ?? 0));
  }

  /** Puts the links back as they were, as long as nobody decided on the same listings since. */
  undo(decisionId: number, requestId: string): Promise<Answer> {
    return this.lock.during((manager) => this.takeBack(manager, decisionId, requestId));
  }

  /** `undo`, by who holds the lock. */
  async takeBack(manager: EntityManager, decisionId: number, requestId: string): Promise<Answer> {
    const found: DecisionColumns[] = await manager.query(sql.DECISION, [decisionId]);
    const decision = found[0];
    if (!decision) throw refused.decisionNotFound(decisionId);
    if (decision.undone_at !== null) throw refused.alreadyUndone(decisionId);
    const { moves, signposts, doubts } = decision;
    const ids = moves.map((move) => move.listing_id);
    const now: HeldListing[] = await manager.query(listingSql.LISTINGS, [ids]);
    const linkOf = new Map(now.map((listing) => [listing.listing_id, listing.link_id]));
    if (moves.some((move) => linkOf.get(move.listing_id) !== move.link_after)) {
      const later: { decision_id: string }[] = await manager.query(sql.LATER, [decisionId, ids]);
      throw refused.decidedSince(decisionId, later[0]?.decision_id);
    }
    await this.moves.moveBack(manager, moves);
    await this.moves.settle(
      manager,
      moves.map((move) => ({ from: move.coin_after, to: move.coin_before })),
    );
    await this.moves.restore(manager, signposts);
    await manager.query(sql.SET_CANDIDATES, [JSON.stringify(doubts)]);
    return this.answer(await manager.query(sql.UNDONE, [decisionId, requestId]));
  }

  private decide(
    kind: 'pin' | 'split' | 'merge',
    reason: string | undefined,
    requestId: string,
    links: (manager: EntityManager, decisionId: string) => Promise<NewLink[]>,
  ): Promise<Answer> {
    return this.lock.during(async (manager) => {
      const begun: { decision_id: string }[] = await manager.query(sql.BEGIN, [
        kind,
        reason ?? null,
        requestId,
      ]);
      const decisionId = begun[0]?.decision_id ?? '';
      return this.carryOut(manager, decisionId, await links(manager, decisionId));
    });
  }

  /** Lets what was asked for hold, and completes the decision that was begun for it. By who holds the lock. */
  async carryOut(manager: EntityManager, decisionId: string, asked: readonly NewLink[]): Promise<Answer> {
    const moves = await this.moves.relink(manager, asked, PERSON);
    const doubts = await this.endDoubts(
      manager,
      moves,
      asked.flatMap(({ listing }) => listing.candidates),
    );
    await this.moves.keep(manager, moves);
    const signposts = await this.moves.settle(
      manager,
      moves.map((move) => ({ from: move.coin_before, to: move.coin_after })),
    );
    return this.answer(
      await manager.query(sql.COMPLETE, [
        decisionId,
        JSON.stringify(moves),
        JSON.stringify(signposts),
        JSON.stringify(doubts.map(({ link_id, candidates }) => ({ link_id, candidates }))),
      ]),
    );
  }

  /** Ends the doubts of others that the decision answers; returns them as they were. */
  private async endDoubts(
    manager: EntityManager,
    moves: readonly Move[],
    candidates: readonly Candidate[],
  ): Promise<readonly Doubt[]> {
    const coins = [...new Set(moves.flatMap((move) => [move.coin_before, move.coin_after]))];
    const doubts: Doubt[] = await manager.query(sql.DOUBTS, [coins, JSON.stringify(candidates)]);
    const held: { coin_id: string; source: string }[] = await manager.query(sql.SOURCES_OF_COINS, [coins]);
    const places = new Set(held.map(({ coin_id, source }) => `${coin_id} ${source}`));
    const solved = solvedDoubts(doubts, moves, (coinId, source) => places.has(`${coinId} ${source}`));
    await manager.query(sql.SET_CANDIDATES, [JSON.stringify(solved)]);
    const ended = new Set(solved.map(({ link_id }) => link_id));
    return doubts.filter(({ link_id }) => ended.has(link_id));
  }

  private async listing(
    manager: EntityManager,
    asked: { readonly source: string; readonly source_coin_id: string },
  ): Promise<HeldListing> {
    const rows: HeldListing[] = await manager.query(listingSql.LISTING, [asked.source, asked.source_coin_id]);
    if (!rows[0]) throw refused.listingNotFound(asked.source, asked.source_coin_id);
    return rows[0];
  }

  /** The coin that an id means today. */
  private async goal(manager: EntityManager, coinId: string): Promise<string> {
    const coin = await this.moves.coin(manager, coinId);
    if (coin === null) throw refused.coinNotFound(coinId);
    return coin.merged_into ?? coin.coin_id;
  }

  /** TypeORM answers an UPDATE with its rows and their number. */
  private answer([rows]: [DecisionColumns[], number]): Answer {
    const row = rows[0];
    if (!row) throw new Error('a decision was written without a row');
    return new Answer(toDecision(row));
  }
}
