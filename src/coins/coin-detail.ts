import { LosslessNumber } from 'lossless-json';
import type { ListingVote } from './consensus.js';
import type { ListingRow } from './listing-row.js';

type NumberColumns = Pick<ListingRow, 'price' | 'market_cap' | 'volume_24h' | 'price_change_24h' | 'rank'>;

export interface CoinColumns extends NumberColumns {
  readonly coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly sources: readonly string[];
  readonly price_status: string;
  readonly as_of: Date | null;
  readonly now: Date;
  readonly data_as_of: Date | null;
}

interface CandidateColumns {
  readonly source: string;
  readonly sourceCoinId: string;
  readonly coinId: string | null;
  readonly why: string;
}

export interface ListingColumns extends ListingRow {
  readonly symbol: string;
  readonly name: string;
  readonly source_updated_at: Date | null;
  readonly fetched_at: Date;
  readonly run_id: string;
  readonly raw_page_id: string;
  readonly raw_url: string | null;
  readonly raw_hash: string | null;
  readonly method: string | null;
  readonly confidence: number | null;
  readonly evidence: readonly string[] | null;
  readonly candidates: readonly CandidateColumns[] | null;
  readonly suspect: readonly string[] | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly contracts: readonly { chain: string; address: string }[];
}

/** A `CoinDetail`, its numbers with every digit. */
export function toDetail(
  coin: CoinColumns,
  listings: readonly ListingColumns[],
  votes: readonly ListingVote[],
): object {
  const voteOf = new Map(votes.map((vote) => [vote.listingId, vote]));
  return {
    coin_id: coin.coin_id,
    symbol: coin.symbol,
    name: coin.name,
    ...toNumbers(coin),
    sources: coin.sources,
    price_status: coin.price_status,
    last_updated: toTime(coin.as_of),
    listings: listings.map((listing) => toListing(listing, voteOf.get(listing.listing_id))),
  };
}

function toNumbers(row: NumberColumns): object {
  return {
    current_price: toDecimal(row.price),
    market_cap: toDecimal(row.market_cap),
    volume_24h: toDecimal(row.volume_24h),
    price_change_24h: toDecimal(row.price_change_24h),
    rank: row.rank,
  };
}

function toListing(row: ListingColumns, vote: ListingVote | undefined): object {
  return {
    source: row.source,
    source_coin_id: row.source_coin_id,
    symbol: row.symbol,
    name: row.name,
    ...toNumbers(row),
    quoted_at: toTime(row.quoted_at),
    source_updated_at: toTime(row.source_updated_at),
    fetched_at: toTime(row.fetched_at),
    vote: vote?.vote,
    vote_reason: vote?.reason,
    doubts: vote?.doubts,
    contracts: row.contracts,
    link: row.method && {
      method: row.method,
      confidence: row.confidence,
      evidence: row.evidence,
      suspect: row.suspect ?? [],
      candidates: (row.candidates ?? []).map(({ source, sourceCoinId, coinId, why }) => ({
        source,
        source_coin_id: sourceCoinId,
        coin_id: coinId,
        why,
      })),
      decided_by: row.decided_by,
      decided_at: toTime(row.decided_at),
    },
    raw_page: {
      raw_page_id: Number(row.raw_page_id),
      run_id: Number(row.run_id),
      url: row.raw_url,
      hash: row.raw_hash,
    },
  };
}

const toDecimal = (digits: string | null): LosslessNumber | null =>
  digits === null ? null : new LosslessNumber(digits);
export const toTime = (time: Date | null): string | null => time?.toISOString() ?? null;
