import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AloneCoin } from '../coins/coin-writer.js';
import { Settings } from '../config/settings.js';
import { pipelined } from '../database/pipelined.js';
import { oldestQuote } from '../database/quote-partitions.js';
import type { CrosswalkBook } from '../identity/crosswalk-book.js';
import { CoinDecisions } from './coin-decisions.js';
import { ListingIds } from './listing-ids.js';
import { loadContracts } from './contract-loader.js';
import { enteringRows, entryOf, loadListings, storedListings } from './page-loader.js';
import type { LoadedRecords, StoredListings } from './page-loader.js';
import { QUARANTINE } from './page-writer.queries.js';
import type { OpenedPage } from './prepared-page.js';
import type { ReadPage } from './read-page.js';
import type { FetchedPage, SourceAdapter } from './source-adapter.js';

/** A page as it is stored. */
export interface StoredPage extends Pick<FetchedPage, 'feed' | 'fetchedAt'> {
  readonly rawPageId: string;
  readonly runId: string;
}

/** What is known when a page begins to be written. */
export interface BegunPage {
  readonly crosswalk: CrosswalkBook;
  readonly stored: StoredListings;
}

/** Everything that follows from a page's records: what a run writes beside it, and what a rebuild writes again. */
@Injectable()
export class PageContent {
  constructor(
    private readonly decisions: CoinDecisions,
    private readonly ids: ListingIds,
    private readonly settings: Settings,
  ) {}

  /** Before any other of these. Returns what a page's decisions go by. */
  begin(manager: EntityManager): Promise<CrosswalkBook> {
    return this.decisions.begin(manager);
  }

  /** What is there of a page's listings. */
  stored(manager: EntityManager, source: string, { listings }: OpenedPage): Promise<StoredListings> {
    return storedListings(manager, source, listings);
  }

  /** `lull` is called when there is nothing for us to do. */
  async write(
    manager: EntityManager,
    adapter: SourceAdapter,
    page: StoredPage,
    { read, listings }: OpenedPage,
    { crosswalk, stored }: BegunPage,
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
    const ahead: { alone: Promise<readonly AloneCoin[]> } = { alone: Promise.resolve([]) };
    const [loaded] = await pipelined(
      () =>
        read.kind === 'contracts'
          ? loadContracts(manager, { source, feed, fetchedAt }, read)
          : loadListings(manager, stored, listings.dataAsOf, origin, this.ids, lull),
      async () => {
        // Begun while PostgreSQL looks for what we ask, and not waited for before it is asked more.
        ahead.alone = this.decisions.alone(enteringRows(source, stored));
        ahead.alone.catch(() => undefined);
      },
    );
    const { newListings } = loaded;
    await pipelined(
      () =>
        this.decisions.ofPage(
          manager,
          crosswalk,
          { ...loaded, ...ahead },
          entryOf(manager, newListings, origin),
          lull,
        ),
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
