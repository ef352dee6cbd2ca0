import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { listingRows } from './listing-rows.js';
import type { ListingRows } from './listing-rows.js';
import { readPage } from './read-page.js';
import type { ReadPage } from './read-page.js';
import { shapeOf } from './record-shape.js';
import type { Shape } from './record-shape.js';
import type { FetchedPage, PageReader, SourceAdapter } from './source-adapter.js';

const compress = promisify(gzip);

/** All that a page says. */
export interface OpenedPage {
  readonly opened: PageReader;
  readonly read: ReadPage;
  readonly shape: Shape;
  readonly listings: ListingRows;
}

/** A page with all that can be known of it without the database. */
export interface PreparedPage extends OpenedPage {
  readonly page: FetchedPage;
  readonly compressed: Buffer;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

export async function preparePage(adapter: SourceAdapter, page: FetchedPage): Promise<PreparedPage> {
  const compressing = compress(page.body);
  // Whoever waits for it is told; a page that can't be read isn't waited for.
  compressing.catch(() => undefined);
  const hash = createHash('sha256').update(page.body).digest('hex');
  return { ...openPage(adapter, page), page, compressed: await compressing, hash };
}

export function openPage(
  adapter: SourceAdapter,
  page: Pick<FetchedPage, 'feed' | 'body' | 'fetchedAt'>,
): OpenedPage {
  const opened = adapter.open(page);
  const read = readPage(opened, page.fetchedAt);
  return {
    opened,
    read,
    shape: shapeOf(opened.records, opened.required),
    listings: listingRows(read, adapter, page),
  };
}
