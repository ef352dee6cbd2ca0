import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { bumpDataVersion } from '../database/data-version.js';
import { inTransaction } from '../database/in-transaction.js';
import { pipelined } from '../database/pipelined.js';
import { askPrepared } from '../database/prepared.js';
import type { CrosswalkBook } from '../identity/crosswalk-book.js';
import { Checkpoints } from './checkpoints.js';
import type { Claim } from './checkpoints.js';
import { noteDrift, noteShape } from './drift-baseline.js';
import type { FieldChange, PageDrifted } from './drift.js';
import { Faults } from './faults.js';
import { PageContent } from './page-content.js';
import type { StoredListings } from './page-loader.js';
import * as sql from './page-writer.queries.js';
import type { PreparedPage } from './prepared-page.js';
import type { FetchedPage, SourceAdapter } from './source-adapter.js';

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
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly checkpoints: Checkpoints,
    private readonly content: PageContent,
    private readonly faults: Faults,
  ) {}

  /** `lull` is called when PostgreSQL is at work, and whoever reads the next page holds up nobody. */
  async write(
    claim: Claim,
    adapter: SourceAdapter,
    prepared: PreparedPage,
    lull: () => void,
  ): Promise<WrittenPage> {
    const { page, read } = prepared;
    const ask = (manager: EntityManager): Promise<readonly [CrosswalkBook, StoredListings, string]> =>
      pipelined(
        () => this.content.begin(manager),
        () => this.content.stored(manager, claim.source, prepared),
        () => rawPageIdOf(manager),
      );
    return inTransaction(this.dataSource, ask, async (manager, [crosswalk, stored, rawPageId]) => {
      const { feed, fetchedAt } = page;
      const kept = { feed, fetchedAt, rawPageId, runId: claim.runId };
      // Of a source whose shape has drifted no more is asked.
      let onFit: () => void = () => undefined;
      const fits = new Promise<void>((resolve) => (onFit = resolve));
      const [changes, loaded] = await pipelined(
        () => noteShape(manager, claim, adapter, page, prepared, onFit),
        () =>
          this.content.write(
            manager,
            adapter,
            kept,
            prepared,
            { crosswalk, stored },
            () => void fits.then(lull),
          ),
        () => this.keepRawPage(manager, claim, rawPageId, prepared),
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

  /** Goes on behind a page that is not to be loaded; why it isn't is noted. */
  async passOver(claim: Claim, { cursor, memory }: FetchedPage, drifted: PageDrifted): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await noteDrift(manager, claim, drifted);
      await this.checkpoints.advance(manager, claim, { cursor, memory, newListings: 0, dataAsOf: null });
      await bumpDataVersion(manager, 'may wait');
    });
  }

  private async keepRawPage(
    manager: EntityManager,
    claim: Claim,
    rawPageId: string,
    { page, compressed, hash }: PreparedPage,
  ): Promise<void> {
    await askPrepared(manager, sql.KEEP_RAW_PAGE, [
      rawPageId,
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
  }
}

/** Of the next page that is kept: what else is written with it need not wait for it. */
async function rawPageIdOf(manager: EntityManager): Promise<string> {
  const [row] = await askPrepared<{ raw_page_id: string }>(manager, sql.NEXT_RAW_PAGE, []);
  if (!row) throw new Error('a sequence without a next value');
  return row.raw_page_id;
}
