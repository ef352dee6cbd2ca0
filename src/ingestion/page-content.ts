import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Settings } from '../config/settings.js';
import { oldestQuote } from '../database/quote-partitions.js';
import { CoinDecisions } from './coin-decisions.js';
import { listingEntry, loadContracts, loadListings } from './page-loader.js';
import type { LoadedRecords } from './page-loader.js';
import { QUARANTINE } from './page-writer.queries.js';
import type { ReadPage } from './read-page.js';
import type { FetchedPage, SourceAdapter } from './source-adapter.js';

/** A page as it is stored. */
export interface StoredPage extends Pick<FetchedPage, 'feed' | 'fetchedAt'> {
  readonly rawPageId: string;
  readonly runId: string;
}

/** Everything that follows from a page's records: what a run writes beside it, and what a rebuild writes again. */
@Injectable()
export class PageContent {
  constructor(
    private readonly decisions: CoinDecisions,
    private readonly settings: Settings,
  ) {}

  async write(
    manager: EntityManager,
    adapter: SourceAdapter,
    page: StoredPage,
    read: ReadPage,
  ): Promise<LoadedRecords> {
    const { source } = adapter;
    const { feed, fetchedAt, runId, rawPageId } = page;
    await this.decisions.begin(manager);
    const origin = {
      adapter,
      runId,
      rawPageId,
      fetchedAt,
      oldestQuote: oldestQuote(fetchedAt, this.settings.QUOTE_RETENTION_DAYS),
    };
    const loaded =
      read.kind === 'contracts'
        ? await loadContracts(manager, { source, feed, fetchedAt }, read)
        : await loadListings(manager, read, origin);
    await this.decisions.ofPage(manager, loaded, listingEntry(manager, loaded.newListings, origin));
    await this.quarantine(manager, source, page, read);
    return loaded;
  }

  private async quarantine(
    manager: EntityManager,
    source: string,
    { feed, runId, rawPageId }: StoredPage,
    { refused }: ReadPage,
  ): Promise<void> {
    if (refused.length === 0) return;
    const rows = refused.map(({ reason, message, record }) => ({
      reason,
      message: message.toWellFormed().replaceAll('\0', '\uFFFD'),
      record: record.toString('base64'),
    }));
    await manager.query(QUARANTINE, [JSON.stringify(rows), source, feed, runId, rawPageId]);
  }
}
