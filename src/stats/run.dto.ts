import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { PagingQuery, WholeNumber } from '../common/paging.js';

export const RUN_STATUSES = ['running', 'success', 'failed', 'interrupted'] as const;
/** The largest id JSON can carry exactly. */
export const LARGEST_ID = Number.MAX_SAFE_INTEGER;

export class RunsQuery extends PagingQuery {
  @ApiPropertyOptional({ description: 'Only runs of this source.', example: 'coingecko' })
  @IsOptional()
  @IsString()
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { message: 'source must be the name of one source, in lower case' })
  source?: string;

  @ApiPropertyOptional({ description: 'Only runs with this status.', enum: RUN_STATUSES })
  @IsOptional()
  @IsIn(RUN_STATUSES, { message: `status must be one of ${RUN_STATUSES.join(', ')}` })
  status?: (typeof RUN_STATUSES)[number];
}

export class RunParameters {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'The run.', example: 31 })
  @WholeNumber(1, LARGEST_ID)
  run_id!: number;
}

export class CompareQuery {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'One run.', example: 30 })
  @WholeNumber(1, LARGEST_ID)
  a!: number;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'The other.', example: 31 })
  @WholeNumber(1, LARGEST_ID)
  b!: number;
}

class RunError {
  @ApiProperty({ example: 'source_rate_limited' })
  readonly code!: string;

  @ApiProperty({ example: 'coingecko: /coins/markets was answered with 429' })
  readonly message!: string;
}

/** One pass over one source. */
export class RunRow {
  @ApiProperty({ type: 'integer', example: 31 })
  readonly run_id!: number;

  @ApiProperty({ example: 'coingecko' })
  readonly source!: string;

  @ApiProperty({ enum: ['schedule', 'manual'] })
  readonly trigger!: string;

  @ApiProperty({ enum: RUN_STATUSES })
  readonly status!: string;

  @ApiProperty({ type: 'string', format: 'date-time' })
  readonly started_at!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  readonly finished_at!: string | null;

  @ApiProperty({ type: 'number', nullable: true, description: 'Null while it runs.', example: 2.41 })
  readonly duration_seconds!: number | null;

  @ApiProperty({ type: 'integer', description: 'Pages committed.', example: 4 })
  readonly pages!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Records the pages held: inserted + updated + unchanged + quarantined.',
    example: 1000,
  })
  readonly extracted!: number;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly inserted!: number;

  @ApiProperty({ type: 'integer', example: 980 })
  readonly updated!: number;

  @ApiProperty({ type: 'integer', example: 6 })
  readonly unchanged!: number;

  @ApiProperty({ type: 'integer', example: 2 })
  readonly quarantined!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Of the unchanged: superseded by another record of their page.',
  })
  readonly duplicates!: number;

  @ApiProperty({ description: 'Whether it went on where an earlier run had stopped.' })
  readonly resumed!: boolean;

  @ApiProperty({ type: [String], description: 'What was not as it should be, in a run that went on.' })
  readonly warnings!: readonly string[];

  @ApiProperty({ type: RunError, nullable: true })
  readonly error!: RunError | null;
}

class OddityRow {
  @ApiProperty({ example: 'extracted' })
  readonly metric!: string;

  @ApiProperty({ type: 'number', example: 120 })
  readonly value!: number;

  @ApiProperty({ type: 'number', description: 'The source’s own median.', example: 1000 })
  readonly usual!: number;

  @ApiProperty({ example: '120 records, usually 1000' })
  readonly message!: string;
}

class ComparedRun {
  @ApiProperty({ type: RunRow })
  readonly run!: RunRow;

  @ApiProperty({
    type: [OddityRow],
    description: 'More than three times above or below its source’s median.',
  })
  readonly unusual!: readonly OddityRow[];
}

class Difference {
  @ApiProperty({ example: 'extracted' })
  readonly metric!: string;

  @ApiProperty({ type: 'number', nullable: true })
  readonly a!: number | null;

  @ApiProperty({ type: 'number', nullable: true })
  readonly b!: number | null;

  @ApiProperty({ type: 'number', nullable: true, description: 'b − a.' })
  readonly difference!: number | null;
}

export class Comparison {
  @ApiProperty({ type: ComparedRun })
  readonly a!: ComparedRun;

  @ApiProperty({ type: ComparedRun })
  readonly b!: ComparedRun;

  @ApiProperty({ type: [Difference] })
  readonly differences!: readonly Difference[];
}

export interface RunColumns {
  readonly run_id: string;
  readonly source: string;
  readonly trigger: string;
  readonly status: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly duration_seconds: number | null;
  readonly pages: number;
  readonly extracted: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly resumed: boolean;
  readonly warnings: readonly string[];
  readonly error_code: string | null;
  readonly error_message: string | null;
}

export function toRun(row: RunColumns): RunRow {
  const { error_code, error_message, ...rest } = row;
  return {
    ...rest,
    run_id: Number(row.run_id),
    started_at: row.started_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    error: error_code === null ? null : { code: error_code, message: error_message ?? '' },
  };
}
