import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readPage } from './read-page.js';
import type { ReadPage } from './read-page.js';
import type { FetchedPage, PageReader, SourceAdapter } from './source-adapter.js';

const compress = promisify(gzip);

/** A page with all that can be known of it without the database. */
export interface PreparedPage {
  readonly page: FetchedPage;
  readonly opened: PageReader;
  readonly read: ReadPage;
  readonly compressed: Buffer;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

export async function preparePage(adapter: SourceAdapter, page: FetchedPage): Promise<PreparedPage> {
  const compressing = compress(page.body);
  const opened = adapter.open(page);
  const read = readPage(opened);
  const hash = createHash('sha256').update(page.body).digest('hex');
  return { page, opened, read, compressed: await compressing, hash };
}
