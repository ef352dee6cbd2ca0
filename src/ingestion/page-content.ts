import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Settings } from '../config/settings.js';
import { pipelined } from '../database/pipelined.js';
import { oldestQuote } from '../database/quote-partitions.js';
import { CoinDecisions } from './coin-decisions.js';
import { ListingIds } from './listing-ids.js';
import { listingEntry, enterQuotes, loadContracts, loadListings, storedListings } from './page-loader.js';
import type { LoadedRecords, StoredListings } from './page-loader.js';
import { LOOK_UP, QUARANTINE } from './page-writer.queries.js';
import type { OpenedPage } from './prepared-page.js';
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
    private readonly ids: ListingIds,
    private readonly settings: Settings,
  ) {}

  /** First of all that a page writes. Returns what is there of its listings. */
  async begin(manager: EntityManager, source: string, { listings }: OpenedPage): Promise<StoredListings> {
    const [, , stored] = await pipelined(
      () => this.decisions.begin(manager),
      (): Promise<unknown> => manager.query(LOOK_UP),
      () => storedListings(manager, source, listings),
    );
    return stored;
  }

  /** `stored`: what `begin` found. `lull` is called when there is nothing for us to do. */
  async write(
    manager: EntityManager,
    adapter: SourceAdapter,
    page: StoredPage,
    { read, listings }: OpenedPage,
    stored: StoredListings,
    lull: () => void = () => undefined,
  ): Promise<LoadedRecords> {
    const { source } = adapter;
    const { feed, fetchedAt, runId, rawPageId } = page;
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
        : await loadListings(manager, listings, stored, origin, this.ids, lull);
    const { newListings } = loaded;
    await pipelined(
      () => enterQuotes(manager, newListings, origin),
      () => this.decisions.ofPage(manager, loaded, listingEntry(manager, newListings, origin), lull),
      () => this.quarantine(manager, source, page, read),
    );
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
