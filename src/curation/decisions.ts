import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Answer } from '../common/answer.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import type { PagingQuery } from '../common/paging.js';
import { toDecision } from './decision.dto.js';
import type { DecisionColumns, MergeBody, PinBody, SplitQuery } from './decision.dto.js';
import { DecisionSteps } from './decision-steps.js';
import * as sql from './decisions.queries.js';
import { IdentityLock } from './identity-lock.js';
import { ListingMoves } from './listing-moves.js';
import type { HeldListing, NewLink } from './listing-moves.js';
import * as listingSql from './listing-moves.queries.js';
import * as refused from './refusals.js';

/** What a person decides about identity. It beats the matcher and the crosswalk, is kept, and can be undone. */
@Injectable()
export class Decisions {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly lock: IdentityLock,
    private readonly moves: ListingMoves,
    private readonly steps: DecisionSteps,
  ) {}

  /** The listing is this coin. */
  pin(body: PinBody, requestId: string): Promise<Answer> {
    return this.decide('pin', body.reason, requestId, async (manager, decisionId) => {
      const listing = await this.listing(manager, body);
      // What it was itself is not the coin that it is taken out of, though that is where the id leads.
      const again = await this.moves.canBeAgain(manager, listing, body.coin_id);
      const coinId = again ? body.coin_id : await this.goal(manager, body.coin_id);
      if (listing.method === 'pinned' && listing.coin_id === coinId) throw refused.alreadyPinned(coinId);
      const evidence = [`a person says it is ${coinId} (decision ${decisionId})`];
      return [{ listing, coinId, method: 'pinned', evidence }];
    });
  }

  /** The listing is not the coin it is linked to, nor what it was taken for: it stands for itself. */
  split(query: SplitQuery, requestId: string): Promise<Answer> {
    return this.decide('split', query.reason, requestId, async (manager, decisionId) => {
      const listing = await this.listing(manager, query);
      const { shared, listings: apartFrom } = await this.moves.apartFrom(manager, listing);
      if (!shared && listing.method === 'split') throw refused.alreadyApart(listing.coin_id);
      const coinId = shared ? await this.moves.found(manager, listing) : listing.coin_id;
      const what = shared ? listing.coin_id : 'its candidates';
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
    return this.lock.during(
      async (manager) => new Answer(toDecision(await this.steps.takeBack(manager, decisionId, requestId))),
    );
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
      const asked = await links(manager, decisionId);
      return new Answer(toDecision(await this.steps.carryOut(manager, decisionId, asked)));
    });
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
}
