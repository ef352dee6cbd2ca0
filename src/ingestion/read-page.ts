import { stringify } from 'lossless-json';
import { assertNotAhead } from './record-reader.js';
import type { ContractRecord, ListingRecord, PageReader } from './source-adapter.js';
import { RecordRefused } from './source-errors.js';
import type { RefusalReason } from './source-errors.js';

/** What of a refused record is kept; enough to see what is wrong, too little to fill a disk. */
const KEPT_BYTES = 64 * 1024;

export interface RefusedRecord {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly field: string | null;
  /** Null where it can't be read. */
  readonly sourceCoinId: string | null;
  readonly record: Buffer;
}

interface Outcome {
  readonly extracted: number;
  readonly refused: readonly RefusedRecord[];
  /** Records of a listing that another record of the same page supersedes. */
  readonly duplicates: number;
}

export interface ReadListings extends Outcome {
  readonly kind: 'listings';
  readonly listings: readonly ListingRecord[];
}

export interface ReadContracts extends Outcome {
  readonly kind: 'contracts';
  readonly contracts: readonly ContractRecord[];
}

export type ReadPage = ReadListings | ReadContracts;

/**
 * Reads every record of a page; what can't be read is set aside and never costs the rest. Times are held against when the
 * page was fetched, so that reading it once more, however late, comes to the same.
 */
export function readPage(page: PageReader, fetchedAt: Date): ReadPage {
  const refused: RefusedRecord[] = [];
  const extracted = page.records.length;
  if (page.kind === 'contracts') {
    const contracts: ContractRecord[] = [];
    readEach(page, refused, (record) => contracts.push(record));
    return { kind: page.kind, extracted, contracts, refused, duplicates: 0 };
  }
  const listings = new Map<string, ListingRecord>();
  let duplicates = 0;
  readEach(page, refused, (listing) => {
    assertNotAhead(listing, fetchedAt);
    const before = listings.get(listing.sourceCoinId);
    if (before) duplicates += 1;
    if (!before || !isOlder(listing, before)) listings.set(listing.sourceCoinId, listing);
  });
  return { kind: page.kind, extracted, listings: [...listings.values()], refused, duplicates };
}

function readEach<Read>(
  page: { readonly records: readonly unknown[]; read(record: unknown): Read },
  refused: RefusedRecord[],
  take: (read: Read) => void,
): void {
  for (const record of page.records) {
    try {
      take(page.read(record));
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      const { reason, message, field, sourceCoinId } = error;
      refused.push({ reason, message, field, sourceCoinId, record: asItCame(record) });
    }
  }
}

/** The last of two records wins, unless the source itself says that it is the older one. */
function isOlder(record: ListingRecord, than: ListingRecord): boolean {
  return (
    record.sourceUpdatedAt !== null &&
    than.sourceUpdatedAt !== null &&
    record.sourceUpdatedAt < than.sourceUpdatedAt
  );
}

function asItCame(record: unknown): Buffer {
  let text: string;
  try {
    text = stringify(record) ?? String(record);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    text = '(nested too deeply to be written down)';
  }
  return Buffer.from(text).subarray(0, KEPT_BYTES);
}
