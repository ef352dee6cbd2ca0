import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { LosslessNumber, stringify } from 'lossless-json';
import { DataSource } from 'typeorm';
import { Answer } from '../common/answer.js';
import { JsonText } from '../common/exact-json.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import { ProblemException } from '../common/problem.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import { consensusContext } from './coin-writer.js';
import { consensus } from './consensus.js';
import type { ListingVote } from './consensus.js';
import { COIN, dataPage, LISTINGS_OF_COIN } from './data.queries.js';
import type { DataQuery } from './data.query.js';

interface NumberColumns {
  readonly price: string | null;
  readonly market_cap: string | null;
  readonly volume_24h: string | null;
  readonly price_change_24h: string | null;
  readonly rank: number | null;
}

interface CoinColumns extends NumberColumns {
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

interface ListingColumns extends NumberColumns {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly quoted_at: Date | null;
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
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly contracts: readonly { chain: string; address: string }[];
}

/** The read side of coins. */
@Injectable()
export class CoinsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async page(query: DataQuery): Promise<Answer> {
    checkSource(query.source, this.settings);
    const paging = pagingOf(query);
    const { text, parameters } = dataPage(query, paging);
    const rows: { rows: string; total: string; data_as_of: string | null }[] = await this.dataSource.query(
      text,
      [...parameters],
    );
    const row = rows[0];
    return new Answer(new JsonText(row?.rows ?? '[]'), {
      ...pageMetadata(paging, Number(row?.total ?? 0)),
      data_as_of: row?.data_as_of ?? null,
    });
  }

  async coin(coinId: string): Promise<Answer> {
    const coins: CoinColumns[] = await this.dataSource.query(COIN, [coinId]);
    const coin = coins[0];
    if (!coin)
      throw new ProblemException({
        status: 404,
        slug: 'coin-not-found',
        title: 'Coin not found',
        detail: 'There is no coin with this id; /data?q= searches by name and symbol.',
      });
    const listings: ListingColumns[] = await this.dataSource.query(LISTINGS_OF_COIN, [coin.coin_id]);
    const { votes } = consensus(
      listings.map((listing) => ({
        listingId: listing.listing_id,
        source: listing.source,
        price: listing.price,
        marketCap: listing.market_cap,
        volume24h: listing.volume_24h,
        priceChange24h: listing.price_change_24h,
        rank: listing.rank,
        quotedAt: listing.quoted_at,
      })),
      consensusContext(this.settings, coin.now),
    );
    const voteOf = new Map(votes.map((vote) => [vote.listingId, vote]));
    const detail = {
      coin_id: coin.coin_id,
      symbol: coin.symbol,
      name: coin.name,
      ...toNumbers(coin),
      sources: coin.sources,
      price_status: coin.price_status,
      last_updated: toTime(coin.as_of),
      listings: listings.map((listing) => toListing(listing, voteOf.get(listing.listing_id))),
    };
    return new Answer(new JsonText(stringify(detail) ?? 'null'), { data_as_of: toTime(coin.data_as_of) });
  }
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
    contracts: row.contracts,
    link: row.method && {
      method: row.method,
      confidence: row.confidence,
      evidence: row.evidence,
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
const toTime = (time: Date | null): string | null => time?.toISOString() ?? null;
