import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DecisionColumns } from './decision.dto.js';
import * as sql from './decisions.queries.js';
import { ListingMoves } from './listing-moves.js';
import type { HeldListing, Move, NewLink } from './listing-moves.js';
import * as listingSql from './listing-moves.queries.js';
import * as refused from './refusals.js';
import { solvedDoubts } from './solved-doubts.js';
import type { Candidate, Doubt } from './solved-doubts.js';

const PERSON = 'person';

interface Replacement {
  readonly source: string;
  readonly source_coin_id: string;
  readonly coin_id: string;
}

/** What a decision of a person's does, and how it is taken back. Only under the IdentityLock, or in a rebuild. */
@Injectable()
export class DecisionSteps {
  constructor(private readonly moves: ListingMoves) {}

  /** Lets what was asked for hold, and completes the decision that was begun for it. */
  async carryOut(
    manager: EntityManager,
    decisionId: string,
    asked: readonly NewLink[],
  ): Promise<DecisionColumns> {
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
    return written(
      await manager.query(sql.COMPLETE, [
        decisionId,
        JSON.stringify(moves),
        JSON.stringify(signposts),
        JSON.stringify(doubts.map(({ link_id, candidates }) => ({ link_id, candidates }))),
      ]),
    );
  }

  /** Puts the links back as they were, as long as nobody decided on the same listings since. */
  async takeBack(manager: EntityManager, decisionId: number, requestId: string): Promise<DecisionColumns> {
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
    const before = moves.map((move) => move.coin_before);
    const merged: { decision_id: string }[] = await manager.query(sql.MERGED_SINCE, [decisionId, before]);
    if (merged[0]) throw refused.decidedSince(decisionId, merged[0].decision_id);
    const replaced: Replacement[] = await manager.query(sql.REPLACED, [JSON.stringify(moves)]);
    if (replaced[0])
      throw refused.placeTaken(replaced[0].source, replaced[0].source_coin_id, replaced[0].coin_id);
    await this.moves.moveBack(manager, moves);
    await this.moves.settle(
      manager,
      moves.map((move) => ({ from: move.coin_after, to: move.coin_before })),
    );
    await this.moves.point(manager, signposts);
    await manager.query(sql.SET_CANDIDATES, [JSON.stringify(doubts)]);
    return written(await manager.query(sql.UNDONE, [decisionId, requestId]));
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
}

/** TypeORM answers an UPDATE with its rows and their number. */
function written([rows]: [DecisionColumns[], number]): DecisionColumns {
  const row = rows[0];
  if (!row) throw new Error('a decision was written without a row');
  return row;
}
