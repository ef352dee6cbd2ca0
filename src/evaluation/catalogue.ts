import { chainCalled } from '../identity/chains.js';
import type { ListingEvidence } from '../identity/listing-evidence.js';
import { normaliseChain } from '../identity/normalise.js';
import { parseJsonList } from '../ingestion/json-payload.js';
import { asRecord, NAME_LENGTH, readId, readText, SYMBOL_LENGTH } from '../ingestion/record-reader.js';
import type { ContractRecord, SourceAdapter } from '../ingestion/source-adapter.js';
import { RecordRefused, SourcePayloadInvalid } from '../ingestion/source-errors.js';
import { InputUnusable } from './input-unusable.js';
import type { UnreadRows } from './unread-rows.js';

/** What a source's catalogue says, as evidence for the matcher. */
export interface Catalogue {
  readonly listings: ReadonlyMap<string, ListingEvidence>;
  /** With those of rows that can't be read: what is in the catalogue and was lost is not absent. */
  readonly ids: ReadonlySet<string>;
}

interface InputFile {
  readonly file: string;
  readonly body: Buffer;
}

export interface ContractsFile extends InputFile {
  /** Under which the source's adapter opens it. */
  readonly feed: string;
}

type Contracts = ReadonlyMap<string, ContractRecord['contracts']>;

/**
 * The feed of CoinPaprika's contracts on this chain, which may be called by its platform, `eth-ethereum`, or by any
 * name of its own. A platform is a coin's id, of which only what stands behind the symbol names the chain.
 */
export function contractsFeed(chain: string): string {
  const known = chainCalled(normaliseChain(chain));
  return `contracts/${known === undefined ? chain : `chain-${known}`}`;
}

/** Reads a catalogue and its contracts the way production reads them: by the source's own adapter. */
export function readCatalogue(
  adapter: SourceAdapter,
  { file, body }: InputFile,
  contractsFiles: readonly ContractsFile[],
  unread: UnreadRows,
): Catalogue {
  const contracts = readContracts(adapter, contractsFiles, unread);
  const listings = new Map<string, ListingEvidence>();
  const ids = new Set<string>();
  const rows = usable(file, () => parseJsonList(body, adapter.source));
  for (const [index, row] of rows.entries()) {
    const place = `row ${index + 1}`;
    try {
      const record = asRecord(row);
      const id = readId(record['id'], 'id');
      if (ids.has(id)) unread.add(file, place, `${id} stands above already: the later row counts`);
      ids.add(id);
      listings.set(id, readListing(adapter, id, record, contracts));
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      unread.add(file, nameOf(place, row), error.message);
    }
  }
  return { listings, ids };
}

function readListing(
  adapter: SourceAdapter,
  sourceCoinId: string,
  record: Readonly<Record<string, unknown>>,
  contracts: Contracts,
): ListingEvidence {
  const inId = adapter.nameInId?.(sourceCoinId);
  return {
    source: adapter.source,
    sourceCoinId,
    symbol: readText(record['symbol'], 'symbol', SYMBOL_LENGTH),
    name: readText(record['name'], 'name', NAME_LENGTH),
    idSymbol: inId?.symbol ?? null,
    idName: inId?.name ?? null,
    contracts: contracts.get(sourceCoinId) ?? [],
    // Nobody knows when a file's contracts were true.
    contractsSeenAt: null,
    active: readActive(record['is_active']),
    price: null,
    marketCap: null,
    quotedAt: null,
    coinId: null,
  };
}

/** CoinGecko lists nothing it has given up, and says nothing of it. */
function readActive(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value === 'boolean') return value;
  throw new RecordRefused('wrong_type', 'is_active is neither true nor false', 'is_active');
}

function readContracts(
  adapter: SourceAdapter,
  files: readonly ContractsFile[],
  unread: UnreadRows,
): Contracts {
  const byListing = new Map<string, ContractRecord['contracts'][number][]>();
  for (const { file, body, feed } of files) {
    const page = usable(file, () => adapter.open({ feed, body }));
    if (page.kind !== 'contracts')
      throw new Error(`${adapter.source} ${feed} was to be a catalogue of contracts`);
    for (const [index, row] of page.records.entries()) {
      try {
        const { sourceCoinId, contracts } = page.read(row);
        byListing.set(sourceCoinId, [...(byListing.get(sourceCoinId) ?? []), ...contracts]);
      } catch (error) {
        if (!(error instanceof RecordRefused)) throw error;
        unread.add(file, `the contracts of ${nameOf(`row ${index + 1}`, row)}`, error.message);
      }
    }
  }
  return byListing;
}

function nameOf(place: string, row: unknown): string {
  const id = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
  return typeof id === 'string' ? `${place} (${JSON.stringify(id.slice(0, 80))})` : place;
}

function usable<Read>(file: string, read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SourcePayloadInvalid)) throw cause;
    throw new InputUnusable(`${file} can't be used: ${cause.message}`, { cause });
  }
}
