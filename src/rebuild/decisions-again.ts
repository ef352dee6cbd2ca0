import type { EntityManager } from 'typeorm';
import { ProblemException } from '../common/problem.js';
import type { DecisionSteps } from '../curation/decision-steps.js';
import type { HeldListing, ListingMoves, Move, NewLink } from '../curation/listing-moves.js';
import * as listingSql from '../curation/listing-moves.queries.js';
import * as sql from './replay.queries.js';
import type { PersonsWord } from './replay-order.js';

interface DecisionThen {
  readonly kind: string;
  readonly moves: readonly Move[];
  readonly undone_request_id: string | null;
}

interface LinkThen {
  readonly link_id: string;
  readonly method: NewLink['method'];
  readonly evidence: readonly string[];
  readonly apart_from: NewLink['apartFrom'] | null;
}

/** What persons decided, decided again: of the listings of the same sources' ids, with the words of then. */
export class DecisionsAgain {
  constructor(
    private readonly steps: DecisionSteps,
    private readonly moves: ListingMoves,
    /** Where the decisions and links of then are. */
    private readonly schema: string,
  ) {}

  /** Returns what of it can't hold any more, in words; null: all of it holds. */
  async say(manager: EntityManager, { kind, decisionId }: PersonsWord): Promise<string | null> {
    const rows: DecisionThen[] = await manager.query(sql.decisionThen(this.schema), [decisionId]);
    const [then] = rows;
    if (!then) return null;
    return kind === 'decided'
      ? this.decide(manager, decisionId, then)
      : this.undo(manager, decisionId, then.undone_request_id ?? '');
  }

  private async decide(
    manager: EntityManager,
    decisionId: string,
    { kind, moves }: DecisionThen,
  ): Promise<string | null> {
    await manager.query(sql.beginAgain(this.schema), [decisionId]);
    const links: LinkThen[] = await manager.query(sql.linksThen(this.schema), [
      moves.map((move) => move.link_after),
    ]);
    const linkOf = new Map(links.map((link) => [link.link_id, link]));
    const asked: NewLink[] = [];
    const missing: Move[] = [];
    for (const move of moves) {
      const found: HeldListing[] = await manager.query(listingSql.LISTING, [
        move.source,
        move.source_coin_id,
      ]);
      const [listing] = found;
      if (!listing) missing.push(move);
      else
        asked.push(
          await this.linkAgain(manager, listing, move, linkOf.get(move.link_after), kind, decisionId),
        );
    }
    if (kind === 'merge') asked.push(...(await this.alsoMerged(manager, moves, asked)));
    for (const { listing, coinId } of asked) await this.moves.foundAs(manager, listing, coinId);
    await this.steps.carryOut(manager, decisionId, asked);
    if (missing.length === 0) return null;
    await manager.query(sql.KEEP_MOVES, [decisionId, JSON.stringify(missing)]);
    const listings = missing.map((move) => `${move.source} ${move.source_coin_id}`).join(', ');
    return `decision ${decisionId} could not be decided again for what no page lists: ${listings}`;
  }

  /** A merge is of whatever the coin holds. */
  private async alsoMerged(
    manager: EntityManager,
    moves: readonly Move[],
    asked: readonly NewLink[],
  ): Promise<NewLink[]> {
    const [like] = asked;
    if (!like) return [];
    const known = new Set(asked.map(({ listing }) => listing.listing_id));
    const from = [...new Set(moves.map((move) => move.coin_before))];
    const all: HeldListing[] = await manager.query(listingSql.LISTINGS_OF_COINS, [from]);
    return all.filter((listing) => !known.has(listing.listing_id)).map((listing) => ({ ...like, listing }));
  }

  private async undo(manager: EntityManager, decisionId: string, requestId: string): Promise<string | null> {
    try {
      await this.steps.takeBack(manager, Number(decisionId), requestId);
      return null;
    } catch (error) {
      if (!(error instanceof ProblemException)) throw error;
      return `decision ${decisionId} could not be undone again: ${error.message}`;
    }
  }

  private async linkAgain(
    manager: EntityManager,
    listing: HeldListing,
    { coin_after }: Move,
    then: LinkThen | undefined,
    kind: string,
    decisionId: string,
  ): Promise<NewLink> {
    // The link itself may be what was lost.
    const lost = then === undefined && kind === 'split';
    const apartFrom = lost ? (await this.moves.apartFrom(manager, listing)).listings : then?.apart_from;
    return {
      listing,
      coinId: coin_after,
      method: then?.method ?? (kind === 'split' ? 'split' : 'pinned'),
      evidence: then?.evidence ?? [`a person says it is ${coin_after} (decision ${decisionId})`],
      ...(apartFrom && { apartFrom }),
    };
  }
}
