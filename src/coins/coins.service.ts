import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { stringify } from 'lossless-json';
import { DataSource } from 'typeorm';
import { Answer } from '../common/answer.js';
import { JsonText } from '../common/exact-json.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import type { Paging, PagingQuery } from '../common/paging.js';
import { ProblemException } from '../common/problem.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import { preparedRead } from '../database/prepared-read.js';
import { toDetail, toTime } from './coin-detail.js';
import type { CoinColumns, ListingColumns } from './coin-detail.js';
import { consensusContext } from './coin-writer.js';
import { consensus } from './consensus.js';
import { COIN, dataPage, LISTINGS_OF_COIN } from './data.queries.js';
import type { DataQuery } from './data.query.js';
import { DIVERGENCE_PAGE } from './divergence.queries.js';
import { toVotingListing } from './listing-row.js';

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
    // One plan does for some coins by their ids. A page's depends on how deep it is, and a search's on what for:
    // PostgreSQL would settle on one for all, and a crawler's last pages would slow down everybody's first.
    const rows =
      query.ids && !query.q && !query.symbol
        ? preparedRead<PageColumns>(this.dataSource, text, parameters)
        : this.dataSource.query<PageColumns[]>(text, [...parameters]);
    return listed(await rows, paging);
  }

  async divergence(query: PagingQuery): Promise<Answer> {
    const paging = pagingOf(query);
    const rows = await this.dataSource.query<PageColumns[]>(DIVERGENCE_PAGE, [paging.limit, paging.offset]);
    return listed(rows, paging);
  }

  async coin(coinId: string): Promise<Answer> {
    const coins = await preparedRead<CoinColumns>(this.dataSource, COIN, [coinId]);
    const coin = coins[0];
    if (!coin)
      throw new ProblemException({
        status: 404,
        slug: 'coin-not-found',
        title: 'Coin not found',
        detail: 'There is no coin with this id; /data?q= searches by name and symbol.',
      });
    const listings = await preparedRead<ListingColumns>(this.dataSource, LISTINGS_OF_COIN, [coin.coin_id]);
    const { votes } = consensus(listings.map(toVotingListing), consensusContext(this.settings, coin.now));
    return new Answer(new JsonText(stringify(toDetail(coin, listings, votes)) ?? 'null'), {
      data_as_of: toTime(coin.data_as_of),
    });
  }
}

interface PageColumns {
  readonly rows: string;
  readonly total: string;
  readonly data_as_of: string | null;
}

function listed([row]: readonly PageColumns[], paging: Paging): Answer {
  return new Answer(new JsonText(row?.rows ?? '[]'), {
    ...pageMetadata(paging, Number(row?.total ?? 0)),
    data_as_of: row?.data_as_of ?? null,
  });
}
