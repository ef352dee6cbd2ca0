import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { bulkhead } from 'cockatiel';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { bumpDataVersion } from '../database/data-version.js';
import { pipelined } from '../database/pipelined.js';
import { askPrepared } from '../database/prepared.js';
import { Checkpoints } from './checkpoints.js';
import type { Claim } from './checkpoints.js';
import { noteShape } from './drift-baseline.js';
import type { FieldChange } from './drift.js';
import { Faults } from './faults.js';
import { PageContent } from './page-content.js';
import * as sql from './page-writer.queries.js';
import type { PreparedPage } from './prepared-page.js';
import type { SourceAdapter } from './source-adapter.js';

export interface PageCounts {
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly duplicates: number;
}

export interface WrittenPage extends PageCounts {
  readonly changes: readonly FieldChange[];
}

/** Writes one page in one transaction, its checkpoint included: all of it or nothing. */
@Injectable()
export class PageWriter {
  /** One at a time: the others would wait for the first one's decisions all the same, each with a connection in hand. */
  private readonly turns = bulkhead(1, Infinity);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly checkpoints: Checkpoints,
    private readonly content: PageContent,
    private readonly faults: Faults,
  ) {}

  /** `lull` is called when PostgreSQL is at work, and whoever reads the next page holds up nobody. */
  write(
    claim: Claim,
    adapter: SourceAdapter,
    prepared: PreparedPage,
    lull: () => void,
  ): Promise<WrittenPage> {
    return this.turns.execute(() => this.writeNow(claim, adapter, prepared, lull));
  }

  private async writeNow(
    claim: Claim,
    adapter: SourceAdapter,
    prepared: PreparedPage,
    lull: () => void,
  ): Promise<WrittenPage> {
    const { page, read } = prepared;
    return this.dataSource.transaction(async (manager) => {
      const [crosswalk, rawPageId, stored] = await pipelined(
        () => this.content.begin(manager),
        () => this.keepRawPage(manager, claim, prepared),
        () => this.content.stored(manager, claim.source, prepared),
      );
      const { feed, fetchedAt } = page;
      const kept = { feed, fetchedAt, rawPageId, runId: claim.runId };
      const [loaded, changes] = await pipelined(
        () => this.content.write(manager, adapter, kept, prepared, { crosswalk, stored }, lull),
        () => noteShape(manager, claim, adapter, page, prepared),
      );
      const counts: PageCounts = {
        extracted: read.extracted,
        inserted: loaded.inserted,
        updated: loaded.updated,
        unchanged: read.extracted - loaded.inserted - loaded.updated - read.refused.length,
        quarantined: read.refused.length,
        duplicates: read.duplicates,
      };
      this.faults.at('commit', claim.source);
      await pipelined(
        () =>
          this.checkpoints.advance(manager, claim, {
            cursor: page.cursor,
            memory: page.memory,
            newListings: loaded.newListings.length,
            dataAsOf: loaded.dataAsOf,
          }),
        // Checkpoint before run, as everywhere: a heartbeat in the other order would be a deadlock.
        () =>
          askPrepared(manager, sql.COUNT_PAGE, [
            claim.runId,
            counts.extracted,
            counts.inserted,
            counts.updated,
            counts.unchanged,
            counts.quarantined,
            counts.duplicates,
          ]),
        () => bumpDataVersion(manager, 'may wait'),
      );
      return { ...counts, changes };
    });
  }

  private async keepRawPage(
    manager: EntityManager,
    claim: Claim,
    { page, compressed, hash }: PreparedPage,
  ): Promise<string> {
    const rows = await askPrepared<{ raw_page_id: string }>(manager, sql.KEEP_RAW_PAGE, [
      claim.source,
      claim.runId,
      page.feed,
      page.url,
      page.status,
      hash,
      page.body.length,
      compressed,
      page.fetchedAt,
    ]);
    const id = rows[0]?.raw_page_id;
    if (id === undefined) throw new Error('a raw page was written without an id');
    return id;
  }
}
