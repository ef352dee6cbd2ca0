import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CoinWriter } from '../coins/coin-writer.js';
import { Settings } from '../config/settings.js';
import { IdentityLinks } from '../identity/identity-links.js';
import { NO_PLAN } from '../identity/link-plan.js';
import type { LinkPlan } from '../identity/link-plan.js';

/** A source that failed so often in a row is waited for no longer: what the others say has to stay some day. */
const FAILURES_TO_GIVE_UP = 3;

/** Whether each source has been read to its end once, or given up. $1 sources, $2 the one just read, $3 failures */
const ALL_HEARD = `
  SELECT count(*) = cardinality($1::text[]) AS heard FROM etl_checkpoints
  WHERE source = ANY($1::text[]) AND (source = $2 OR last_success_at IS NOT NULL OR failures_in_a_row >= $3)`;

/** Takes what was loaded to coins: decides whose listings they are, and derives what the coins are worth. */
@Injectable()
export class CoinDecisions {
  constructor(
    private readonly identity: IdentityLinks,
    private readonly coins: CoinWriter,
    private readonly settings: Settings,
  ) {}

  /** Before anything of a page is written. */
  async begin(manager: EntityManager): Promise<void> {
    await this.identity.begin(manager);
  }

  /** Of one page: `undecided` are listings with new evidence, `touched` coins whose listings have new numbers. */
  async ofPage(
    manager: EntityManager,
    undecided: readonly string[],
    touched: ReadonlySet<string>,
  ): Promise<void> {
    const plan = undecided.length === 0 ? NO_PLAN : await this.identity.plan(manager, undecided);
    await this.carryOut(manager, plan, touched);
    const questionable = await this.identity.questionable(manager, [...touched]);
    await this.identity.doubt(manager, [...new Set([...undecided, ...questionable])]);
  }

  /** At the end of a pass: what the first passes decided page by page is decided as a whole, and then stays. */
  async ofPass(manager: EntityManager, source: string): Promise<void> {
    const parameters = [this.settings.SOURCES, source, FAILURES_TO_GIVE_UP];
    const rows: { heard: boolean }[] = await manager.query(ALL_HEARD, parameters);
    if (rows[0]?.heard !== true) return;
    await this.identity.begin(manager);
    await this.carryOut(manager, await this.identity.review(manager), new Set());
    await this.identity.settle(manager);
  }

  private async carryOut(
    manager: EntityManager,
    plan: LinkPlan,
    touched: ReadonlySet<string>,
  ): Promise<void> {
    await this.coins.found(manager, plan.found);
    const linked = await this.identity.apply(manager, plan);
    await this.coins.derive(manager, [...new Set([...touched, ...linked, ...plan.left])], plan.merged);
  }
}
