import { ApiProperty, PickType } from '@nestjs/swagger';
import { CoinRow } from './coin.dto.js';

class DivergentQuote {
  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ description: 'The source’s own id.', example: 'bitcoin' })
  readonly source_coin_id!: string;

  @ApiProperty({ type: 'number', description: 'USD, with every digit the source gave.', example: 104897.25 })
  readonly current_price!: string;

  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T18:00:12.000Z' })
  readonly quoted_at!: string;
}

/** A coin whose price its sources see differently. */
export class DivergenceRow extends PickType(CoinRow, [
  'coin_id',
  'symbol',
  'name',
  'rank',
  'current_price',
  'price_status',
  'sources',
  'last_updated',
] as const) {
  @ApiProperty({
    type: 'number',
    minimum: 0,
    description: 'How much the highest price is above the lowest, in percent of the lowest.',
    example: 6.1284,
  })
  readonly divergence_percent!: number;

  @ApiProperty({ type: DivergentQuote })
  readonly lowest!: DivergentQuote;

  @ApiProperty({ type: DivergentQuote })
  readonly highest!: DivergentQuote;
}
