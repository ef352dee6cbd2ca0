import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Answer } from '../common/answer.js';
import { CachedRead } from '../common/answer.interceptor.js';
import { ApiAnswer, ApiProblem } from '../common/api-answers.js';
import { PagingQuery } from '../common/paging.js';
import { CoinDetail, CoinMetadata, CoinRow, DataMetadata } from './coin.dto.js';
import { CoinsService } from './coins.service.js';
import { DataQuery } from './data.query.js';
import { DivergenceRow } from './divergence.dto.js';

@ApiTags('coins')
@Controller()
export class CoinsController {
  constructor(private readonly coins: CoinsService) {}

  @Get('data')
  @CachedRead()
  @ApiOperation({
    summary: 'Coins, page by page',
    description: 'One record per coin; pages are stable, nulls come last.',
  })
  @ApiAnswer(CoinRow, { list: true, metadata: DataMetadata, description: 'A page of coins.' })
  page(@Query() query: DataQuery): Promise<Answer> {
    return this.coins.page(query);
  }

  @Get('divergence')
  @CachedRead()
  @ApiOperation({
    summary: 'Coins on which the sources disagree most',
    description:
      'By how far the lowest and the highest price are apart, the widest first. Only fresh quotes are compared, one of each source, that are at most an hour apart; also those that were rejected or are implausible.',
  })
  @ApiAnswer(DivergenceRow, { list: true, metadata: DataMetadata, description: 'A page of coins.' })
  divergence(@Query() query: PagingQuery): Promise<Answer> {
    return this.coins.divergence(query);
  }

  @Get('coins/:coin_id')
  @CachedRead()
  @ApiOperation({
    summary: 'One coin and every listing behind it',
    description:
      'Who says what, who voted, why a listing is taken for this coin, and the raw page it came from.',
  })
  @ApiParam({
    name: 'coin_id',
    description: 'As in `/data`, in any case. The id of a coin that was merged finds the other.',
    example: 'bitcoin',
  })
  @ApiAnswer(CoinDetail, { metadata: CoinMetadata, description: 'The coin.' })
  @ApiProblem(404, 'There is no coin with this id.')
  coin(@Param('coin_id') coinId: string): Promise<Answer> {
    return this.coins.coin(coinId.toLowerCase());
  }
}
