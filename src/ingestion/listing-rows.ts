import { normaliseName, normaliseSymbol } from '../identity/normalise.js';
import type { ReadPage } from './read-page.js';
import type { FetchedPage, ListingRecord, SourceAdapter } from './source-adapter.js';

/** A listing as it is stored. Times as text, which JSON and COPY write several times as fast. */
export type ListingRow = ReturnType<typeof rowOf>;

export interface ListingRows {
  readonly rows: readonly ListingRow[];
  /** The newest quote's time; null: none has one. */
  readonly dataAsOf: Date | null;
}

/** What a page says of listings. Of a catalogue of contracts: nothing. */
export function listingRows(
  read: ReadPage,
  adapter: SourceAdapter,
  { fetchedAt }: Pick<FetchedPage, 'fetchedAt'>,
): ListingRows {
  let dataAsOf: Date | null = null;
  const rows = (read.kind === 'listings' ? read.listings : []).map((listing) => {
    // Reference data has no time but its own.
    const quotedAt = listing.sourceUpdatedAt ?? (adapter.reference ? null : fetchedAt);
    const asOf = quotedAt && quotedAt > fetchedAt ? fetchedAt : quotedAt;
    if (asOf && (!dataAsOf || asOf > dataAsOf)) dataAsOf = asOf;
    return rowOf(listing, adapter, quotedAt);
  });
  return { rows, dataAsOf };
}

function rowOf(listing: ListingRecord, adapter: SourceAdapter, quotedAt: Date | null) {
  const inId = adapter.nameInId?.(listing.sourceCoinId);
  const symbolKey = normaliseSymbol(listing.symbol);
  const idSymbolKey = inId?.symbol ? normaliseSymbol(inId.symbol) : symbolKey;
  return {
    source_coin_id: listing.sourceCoinId,
    symbol: listing.symbol,
    name: listing.name,
    symbol_key: symbolKey,
    name_key: normaliseName(listing.name),
    id_symbol_key: idSymbolKey === symbolKey ? null : idSymbolKey,
    id_name: inId?.name ?? null,
    price: listing.price,
    market_cap: listing.marketCap,
    volume_24h: listing.volume24h,
    price_change_24h: listing.priceChange24h,
    rank: listing.rank,
    source_updated_at: listing.sourceUpdatedAt?.toISOString() ?? null,
    quoted_at: quotedAt?.toISOString() ?? null,
  };
}
