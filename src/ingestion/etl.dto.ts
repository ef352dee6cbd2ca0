import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { PagingQuery } from '../common/paging.js';
import { REFUSAL_REASONS } from './source-errors.js';
import type { RefusalReason } from './source-errors.js';

const SOURCE = /^[a-z][a-z0-9_]{0,62}$/;
const notASource = { message: 'source must be the name of one source, in lower case' };

export class RunSourceQuery {
  @ApiPropertyOptional({ description: 'The source to run; unset: all of them.', example: 'coingecko' })
  @IsOptional()
  @IsString()
  @Matches(SOURCE, notASource)
  source?: string;
}

class StartedRunRow {
  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ type: 'integer', example: 31 })
  readonly run_id!: number;
}

class RefusedRunRow {
  @ApiProperty({ example: 'csv' })
  readonly source!: string;

  @ApiProperty({ description: 'Why it was not started.', example: 'a run of csv is under way' })
  readonly reason!: string;
}

export class StartedRuns {
  @ApiProperty({ type: [Number], example: [31] })
  readonly run_ids!: readonly number[];

  @ApiProperty({ type: [StartedRunRow] })
  readonly runs!: readonly StartedRunRow[];

  @ApiProperty({ type: [RefusedRunRow], description: 'Sources that were not started.' })
  readonly refused!: readonly RefusedRunRow[];
}

export class QuarantineQuery extends PagingQuery {
  @ApiPropertyOptional({ description: 'Only records of this source.', example: 'coingecko' })
  @IsOptional()
  @IsString()
  @Matches(SOURCE, notASource)
  source?: string;

  @ApiPropertyOptional({ description: 'Only records refused for this reason.', enum: REFUSAL_REASONS })
  @IsOptional()
  @IsIn(REFUSAL_REASONS, { message: `reason must be one of ${REFUSAL_REASONS.join(', ')}` })
  reason?: RefusalReason;
}

class RawPageRow {
  @ApiProperty({ type: 'integer', example: 412 })
  readonly raw_page_id!: number;

  @ApiProperty({ type: 'string', nullable: true, description: 'Null when the page is past its retention.' })
  readonly url!: string | null;
}

/** A record that could not be read. */
export class QuarantinedRow {
  @ApiProperty({ type: 'integer', example: 7 })
  readonly quarantine_id!: number;

  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ description: 'Which of the source’s answers it was in.', example: 'markets' })
  readonly feed!: string;

  @ApiProperty({ enum: REFUSAL_REASONS, example: 'negative' })
  readonly reason!: string;

  @ApiProperty({ description: 'What is wrong, in words.' })
  readonly message!: string;

  @ApiProperty({
    description: 'The record as it came, cut off at 64 kB; what is no text is replaced by U+FFFD.',
  })
  readonly record!: string;

  @ApiProperty({ type: 'integer', example: 31 })
  readonly run_id!: number;

  @ApiProperty({ type: RawPageRow })
  readonly page!: RawPageRow;

  @ApiProperty({ type: 'string', format: 'date-time' })
  readonly quarantined_at!: string;
}

class DriftCandidate {
  @ApiProperty({ example: 'price' })
  readonly field!: string;

  @ApiProperty({ type: 'number', minimum: 0, maximum: 1, example: 0.82 })
  readonly confidence!: number;
}

/** A field that is not as it was in the source's last complete pass. */
export class DriftRow {
  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({
    description:
      'Which of the source’s answers; `prices-#.csv` are files whose names differ in their numbers.',
    example: 'markets',
  })
  readonly feed!: string;

  @ApiProperty({ description: 'Its path, such as `quotes.USD.price`.', example: 'current_price' })
  readonly field!: string;

  @ApiProperty({ enum: ['new', 'gone', 'retyped', 'null'] })
  readonly change!: string;

  @ApiProperty({ example: 'absent from all 250 records' })
  readonly detail!: string;

  @ApiProperty({
    type: DriftCandidate,
    nullable: true,
    description: 'The new field it may have become. Only reported.',
  })
  readonly candidate!: DriftCandidate | null;

  @ApiProperty({ type: 'integer', description: 'The run that noticed.' })
  readonly run_id!: number;

  @ApiProperty({ type: 'string', format: 'date-time' })
  readonly detected_at!: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  readonly last_seen_at!: string;
}

export class DriftQuery extends PagingQuery {
  @ApiPropertyOptional({ description: 'Only fields of this source.', example: 'coingecko' })
  @IsOptional()
  @IsString()
  @Matches(SOURCE, notASource)
  source?: string;
}
