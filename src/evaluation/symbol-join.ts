import type { ListingEvidence } from '../identity/listing-evidence.js';
import type { Pair } from './labelled-pairs.js';

/** What is usually done instead of matching: one listing a symbol, the last one wins, joined on the symbol. */
export function symbolJoin(
  coingecko: Iterable<ListingEvidence>,
  coinpaprika: Iterable<ListingEvidence>,
): Pair[] {
  const others = bySymbol(coinpaprika);
  return [...bySymbol(coingecko)].flatMap(([symbol, id]) => {
    const other = others.get(symbol);
    return other === undefined ? [] : [{ coingecko: id, coinpaprika: other }];
  });
}

function bySymbol(listings: Iterable<ListingEvidence>): Map<string, string> {
  return new Map([...listings].map(({ symbol, sourceCoinId }) => [symbol.toUpperCase(), sourceCoinId]));
}
