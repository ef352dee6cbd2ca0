import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { PagingQuery } from '../common/paging.js';

export const SORTS = [
  'rank',
  'market_cap',
  'volume_24h',
  'current_price',
  'price_change_24h',
  'name',
] as const;
export type Sort = (typeof SORTS)[number];

const MOST_VALUES = 100;

/** `a,b , c` as a list; empty places are dropped. */
const CommaSeparated = (change: (part: string) => string): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => change(part.trim()))
          .filter(Boolean)
      : value,
  );

/** Which coins, in which order. */
export class DataQuery extends PagingQuery {
  @ApiPropertyOptional({
    description: 'Only what this source lists, with that source’s own numbers instead of the consensus.',
    example: 'coingecko',
  })
  @IsOptional()
  @IsString()
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { message: 'source must be the name of one source, in lower case' })
  source?: string;

  @ApiPropertyOptional({
    description: `Symbols in any case, comma-separated, at most ${MOST_VALUES}. A symbol can be several coins’.`,
    type: 'string',
    example: 'btc,ETH',
  })
  @IsOptional()
  @CommaSeparated((part) => part.toUpperCase())
  @ArrayNotEmpty({ message: 'symbol must name at least one symbol' })
  @ArrayMaxSize(MOST_VALUES, { message: `symbol must name at most ${MOST_VALUES} symbols` })
  symbol?: string[];

  @ApiPropertyOptional({
    description: 'Part of the name, the symbol or the id, in any case.',
    minLength: 1,
    maxLength: 100,
    example: 'bit',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @IsString()
  @Length(1, 100, { message: 'q must have 1 to 100 characters' })
  q?: string;

  @ApiPropertyOptional({
    description: `Coin ids, comma-separated, at most ${MOST_VALUES}. The id of a coin that was merged finds the other.`,
    type: 'string',
    example: 'bitcoin,ethereum',
  })
  @IsOptional()
  @CommaSeparated((part) => part.toLowerCase())
  @ArrayNotEmpty({ message: 'ids must name at least one coin' })
  @ArrayMaxSize(MOST_VALUES, { message: `ids must name at most ${MOST_VALUES} coins` })
  ids?: string[];

  @ApiPropertyOptional({
    description: 'What the coins are sorted by. Those without it come last.',
    enum: SORTS,
    default: 'rank',
  })
  @IsIn(SORTS, { message: `sort must be one of ${SORTS.join(', ')}` })
  sort: Sort = 'rank';

  @ApiPropertyOptional({
    description: 'Unset: ascending for `rank` and `name`, else descending.',
    enum: ['asc', 'desc'],
  })
  @IsOptional()
  @IsIn(['asc', 'desc'], { message: 'order must be asc or desc' })
  order?: 'asc' | 'desc';
}
