import type { EntityManager } from 'typeorm';
import { copyRows } from '../database/copy-rows.js';
import { normaliseAddress, normaliseChain } from '../identity/normalise.js';
import type { LoadedRecords } from './page-loader.js';
import * as sql from './page-writer.queries.js';
import type { ReadContracts } from './read-page.js';

/** Loads what a catalogue's page says of contracts: evidence for the listings there are, and for those to come. */
export async function loadContracts(
  manager: EntityManager,
  origin: ContractsOrigin,
  read: ReadContracts,
): Promise<LoadedRecords> {
  const rows = contractRows(read);
  const { source } = origin;
  const there: { some: boolean }[] = await manager.query(sql.HAS_CONTRACTS, [source]);
  const changed = there[0]?.some
    ? await changeContracts(manager, origin, rows, read)
    : await enterContracts(manager, origin, rows);
  // A record counts once, however many addresses it brings; a second record of the same asset changes it.
  const first = new Set<string>();
  let inserted = 0;
  let updated = 0;
  for (const { sourceCoinId } of read.contracts) {
    const wasKnown = changed.get(sourceCoinId);
    if (wasKnown === undefined) continue;
    if (wasKnown || first.has(sourceCoinId)) updated += 1;
    else inserted += 1;
    first.add(sourceCoinId);
  }
  const listings: { listing_id: string }[] =
    changed.size === 0 ? [] : await manager.query(sql.LISTINGS_WITH_IDS, [source, [...changed.keys()]]);
  return {
    inserted,
    updated,
    undecided: listings.map((row) => row.listing_id),
    touchedCoins: new Set(),
    newListings: [],
    dataAsOf: null,
  };
}

interface ContractsOrigin {
  readonly source: string;
  readonly feed: string;
  readonly fetchedAt: Date;
}

type ContractRow = Readonly<
  Record<'source_coin_id' | 'chain' | 'address' | 'chain_key' | 'address_key', string>
>;

/** Each contract of an asset once, however often and in however many spellings it is named: as the first of them. */
function contractRows({ contracts }: ReadContracts): readonly ContractRow[] {
  const rows = new Map<string, ContractRow>();
  for (const { sourceCoinId, contracts: named } of contracts)
    for (const { chain, address } of named) {
      const chainKey = normaliseChain(chain);
      const addressKey = normaliseAddress(chain, address);
      // What names no chain or no contract is no evidence.
      if (chainKey === '' || addressKey === '') continue;
      const key = JSON.stringify([sourceCoinId, chainKey, addressKey]);
      if (!rows.has(key))
        rows.set(key, {
          source_coin_id: sourceCoinId,
          chain,
          address,
          chain_key: chainKey,
          address_key: addressKey,
        });
    }
  return [...rows.values()];
}

/** The assets whose contracts changed, and whether any were known. */
async function changeContracts(
  manager: EntityManager,
  { source, feed, fetchedAt }: ContractsOrigin,
  rows: readonly ContractRow[],
  read: ReadContracts,
): Promise<ReadonlyMap<string, boolean>> {
  const changed: { source_coin_id: string; known: boolean }[] = await manager.query(sql.LOAD_CONTRACTS, [
    JSON.stringify(rows),
    source,
    feed,
    fetchedAt,
    incomplete(read),
  ]);
  return new Map(changed.map((row) => [row.source_coin_id, row.known]));
}

/** The assets whose records could not be read: they may say just what would be missed. Null: of some not even whose. */
function incomplete({ refused }: ReadContracts): readonly string[] | null {
  const ids = refused.flatMap(({ sourceCoinId }) => (sourceCoinId === null ? [] : [sourceCoinId]));
  return ids.length === refused.length ? ids : null;
}

/** The same where a source has none yet. */
async function enterContracts(
  manager: EntityManager,
  { source, feed, fetchedAt }: ContractsOrigin,
  rows: readonly ContractRow[],
): Promise<ReadonlyMap<string, boolean>> {
  const fetched = fetchedAt.toISOString();
  await copyRows(
    manager,
    'listing_contracts',
    ['source', 'feed', 'seen_at', ...sql.CONTRACT_COLUMNS],
    rows.map((row) => [source, feed, fetched, ...sql.CONTRACT_COLUMNS.map((column) => row[column])]),
  );
  return new Map(rows.map((row) => [row.source_coin_id, false]));
}
