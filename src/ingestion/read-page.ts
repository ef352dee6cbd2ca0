import { stringify } from 'lossless-json';
import type { ContractRecord, ListingRecord, PageReader } from './source-adapter.js';
import { RecordRefused } from './source-errors.js';
import type { RefusalReason } from './source-errors.js';

/** What of a refused record is kept; enough to see what is wrong, too little to fill a disk. */
const KEPT_BYTES = 64 * 1024;

export interface RefusedRecord {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly record: Buffer;
}

export interface ReadPage {
  readonly extracted: number;
  readonly listings: readonly ListingRecord[];
  readonly contracts: readonly ContractRecord[];
  readonly refused: readonly RefusedRecord[];
  /** Records of a listing that another record of the same page supersedes. */
  readonly duplicates: number;
}

/** Reads every record of a page; what can't be read is set aside and never costs the rest. */
export function readPage(page: PageReader): ReadPage {
  const listings = new Map<string, ListingRecord>();
  const contracts: ContractRecord[] = [];
  const refused: RefusedRecord[] = [];
  let duplicates = 0;
  for (const record of page.records) {
    try {
      if (page.kind === 'contracts') {
        contracts.push(page.read(record));
        continue;
      }
      const listing = page.read(record);
      const before = listings.get(listing.sourceCoinId);
      if (before) duplicates += 1;
      if (!before || !isOlder(listing, before)) listings.set(listing.sourceCoinId, listing);
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      refused.push({ reason: error.reason, message: error.message, record: asItCame(record) });
    }
  }
  return { extracted: page.records.length, listings: [...listings.values()], contracts, refused, duplicates };
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
