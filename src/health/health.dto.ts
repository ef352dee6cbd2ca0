import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

const time = { type: 'string', format: 'date-time', nullable: true } as const;

class SourceError {
  @ApiProperty({ example: 'source_rate_limited' })
  readonly code!: string;

  @ApiProperty({ example: 'coingecko: /coins/markets was answered with 429' })
  readonly message!: string;
}

export class SourceHealth {
  @ApiProperty({
    enum: ['healthy', 'failing', 'rate_limited', 'stale', 'pending'],
    description:
      '`failing`, `rate_limited`: its last run failed. `stale`: it has missed three runs. `pending`: it has not ended one.',
  })
  readonly status!: string;

  @ApiProperty({ ...time })
  readonly last_success!: string | null;

  @ApiProperty({ ...time })
  readonly last_failure!: string | null;

  @ApiProperty({ type: 'integer', description: 'Listings of it there are.', example: 1000 })
  readonly records!: number;

  @ApiProperty({ ...time, description: 'When it is due again, cool-downs included.' })
  readonly next_run!: string | null;

  @ApiProperty({ type: SourceError, nullable: true, description: 'Why its last run failed.' })
  readonly error!: SourceError | null;

  @ApiProperty({
    type: [String],
    description: 'What was not as it should be in its last run, and did not fail it.',
    example: ['coins.csv has no row that can be read; see /quarantine'],
  })
  readonly warnings!: readonly string[];
}

class EtlStatus {
  @ApiProperty({ ...time, description: 'When a run last began.' })
  readonly last_run!: string | null;

  @ApiProperty({ enum: ['healthy', 'degraded', 'unhealthy', 'unknown'] })
  readonly status!: string;

  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(SourceHealth) } })
  readonly sources!: Readonly<Record<string, SourceHealth>>;
}

export class HealthAnswer {
  @ApiProperty({
    enum: ['healthy', 'degraded', 'unhealthy'],
    description: '`degraded`: a source isn’t as it should be. `unhealthy`: no database, or no source works.',
  })
  readonly status!: string;

  @ApiProperty({ enum: ['connected', 'disconnected'] })
  readonly database!: string;

  @ApiProperty({ type: EtlStatus })
  readonly etl_status!: EtlStatus;
}

export interface SourceColumns {
  readonly source: string;
  readonly last_run_at: Date | null;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly listings: number;
  readonly next_run_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
  /** Null before its first run has ended. */
  readonly warnings: readonly string[] | null;
  readonly now: Date;
}
