/**
 * The contract between Mintmark and one source. An adapter knows how to fetch its source's pages and how to
 * read one record of them; limits, retries, transactions, checkpoints and drift are the same for every source
 * and live elsewhere in `ingestion/`.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Where a pass over a source stands. Only the adapter that made it can read it; it is stored as JSON. */
export type Cursor = Readonly<Record<string, Json>>;

/**
 * What an adapter remembers from one pass to the next, such as the hash of a file it has read to its end.
 * Stored with the page that carries it, in the same transaction.
 */
export type Memory = Readonly<Record<string, Json>>;

export interface Checkpoint {
  /** Position after the last page that was committed; null at the beginning of a pass. */
  readonly cursor: Cursor | null;
  readonly memory: Memory;
}

/** One answer of a source, the unit that is stored, loaded and checkpointed. */
export interface FetchedPage {
  /** Which of the source's answers this is: `markets`, `contracts/eth-ethereum`, a CSV's file name. */
  readonly feed: string;
  /** Where it came from, without secrets. */
  readonly url: string;
  /** HTTP status; null where there is no HTTP. */
  readonly status: number | null;
  /** The decoded bytes. `open` must be able to read them without any other page. */
  readonly body: Buffer;
  readonly fetchedAt: Date;
  /** The position once this page is loaded. */
  readonly cursor: Cursor;
  /** Replaces the adapter's memory when this page is committed; absent: unchanged. */
  readonly memory?: Memory;
}

/** A decimal number as digits, e.g. `0.0000000000000000038`; never a binary float. */
export type Decimal = string;

/** What a source says of one asset at one time. Missing is null, never 0. Money is in USD. */
export interface ListingRecord {
  readonly sourceCoinId: string;
  readonly symbol: string;
  readonly name: string;
  readonly price: Decimal | null;
  readonly marketCap: Decimal | null;
  readonly volume24h: Decimal | null;
  /** Percent over 24 hours; negative when the price fell. */
  readonly priceChange24h: Decimal | null;
  readonly rank: number | null;
  /** The source's own time for these numbers; null when it gives none. */
  readonly sourceUpdatedAt: Date | null;
}

/** The contract addresses a source's catalogue gives for one asset; chains and addresses as the source spells them. */
export interface ContractRecord {
  readonly sourceCoinId: string;
  readonly contracts: readonly { readonly chain: string; readonly address: string }[];
}

export interface NameInId {
  /** Null where ids hold no symbol. */
  readonly symbol: string | null;
  readonly name: string;
}

interface OpenedPage<Kind extends string, Read> {
  readonly kind: Kind;
  /** The page's records as they came, before anything was checked. */
  readonly records: readonly unknown[];
  /**
   * Fields without which a record says nothing, as paths such as `quotes.USD.price`. Absent from most records of a
   * page, unreadable in most or suddenly null, the run fails as drift.
   */
  readonly required: readonly string[];
  /** Pages of one schema are compared with each other for drift; absent: those of one feed. */
  readonly schema?: string;
  /** Reads one record; throws `RecordRefused` when it can't be read. */
  read(record: unknown): Read;
}

export type PageReader = OpenedPage<'listings', ListingRecord> | OpenedPage<'contracts', ContractRecord>;

export interface SourceResponse {
  readonly url: string;
  readonly status: number;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** What an adapter may use of the world while it fetches. */
export interface SourceIo {
  /**
   * A GET relative to the source's base URL, inside its rate limit, quota, time limit, size cap, retries and
   * circuit breaker. Resolves with a 2xx answer; everything else is a `SourceError`.
   */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<SourceResponse>;
  /** Says of a pass that goes on what was not as it should be; shown with the run. */
  warn(message: string): void;
  now(): Date;
  readonly signal: AbortSignal;
}

/** How a source is reached over HTTP; a source without HTTP has none. */
export interface SourceHttp {
  readonly baseUrl: string;
  /** Headers with secrets in them: sent, never logged or stored. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestsPerMinute: number;
  /** Requests a calendar month (UTC); null: no quota. */
  readonly monthlyQuota: number | null;
  /**
   * Looks for an error that the status alone doesn't tell, e.g. a rate limit reported with status 200.
   * Returns null where the status says it all.
   */
  errorIn?(status: number, body: Buffer): Error | null;
}

export interface SourceAdapter {
  /** Lower-case name, `[a-z][a-z0-9_]*`: what stands in every `source` column. */
  readonly source: string;
  readonly http?: SourceHttp;
  /** True for reference data: a record without a time of its own has none, and does not vote by the time it was read. */
  readonly reference?: boolean;
  /** The pages after the checkpoint, in order. Ending means the pass is complete. */
  pages(checkpoint: Checkpoint, io: SourceIo): AsyncIterable<FetchedPage>;
  /**
   * What an id calls its asset, where the source makes ids of names. A name may change; the id that was made of it
   * stays, and tells who it is in another source. Null when this id says nothing.
   */
  nameInId?(sourceCoinId: string): NameInId | null;
  /** Opens one page. Pure: the same bytes give the same records. Throws `SourcePayloadInvalid`. */
  open(page: Pick<FetchedPage, 'feed' | 'body'>): PageReader;
}
