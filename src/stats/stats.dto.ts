import { ApiProperty, getSchemaPath } from '@nestjs/swagger';

const time = { type: 'string', format: 'date-time', nullable: true } as const;

export class SourceStats {
  @ApiProperty({ type: 'integer', description: 'Runs begun.', example: 48 })
  readonly total_runs!: number;

  @ApiProperty({ type: 'integer', description: 'Records of runs that ended.', example: 48000 })
  readonly records_processed!: number;

  @ApiProperty({
    type: 'number',
    nullable: true,
    description: 'Of runs that ended; null: none has.',
    example: 2.4,
  })
  readonly average_duration_seconds!: number | null;

  @ApiProperty({ ...time })
  readonly last_success!: string | null;

  @ApiProperty({ ...time })
  readonly last_failure!: string | null;

  @ApiProperty({
    type: 'number',
    nullable: true,
    description: 'Share of ended runs that succeeded, 0 to 1.',
    example: 0.98,
  })
  readonly success_rate!: number | null;
}

export class StatsAnswer extends SourceStats {
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(SourceStats) } })
  readonly by_source!: Readonly<Record<string, SourceStats>>;
}

export interface StatsColumns {
  readonly source: string;
  readonly total_runs: number;
  readonly finished_runs: number;
  readonly successful_runs: number;
  readonly records_processed: number;
  readonly seconds_spent: number;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
}

type Plain<T> = { readonly [K in keyof T]: T[K] };

export function toStats(rows: readonly StatsColumns[]): StatsAnswer {
  return {
    ...summary(rows),
    by_source: Object.fromEntries(rows.map((row) => [row.source, summary([row])])),
  };
}

function summary(rows: readonly StatsColumns[]): Plain<SourceStats> {
  const sum = (column: (row: StatsColumns) => number): number =>
    rows.reduce((total, row) => total + column(row), 0);
  const latest = (column: (row: StatsColumns) => Date | null): string | null =>
    rows
      .flatMap((row) => column(row) ?? [])
      .sort((a, b) => b.getTime() - a.getTime())[0]
      ?.toISOString() ?? null;
  const finished = sum((row) => row.finished_runs);
  const share = (value: number): number | null =>
    finished === 0 ? null : Math.round((value / finished) * 1e4) / 1e4;
  return {
    total_runs: sum((row) => row.total_runs),
    records_processed: sum((row) => row.records_processed),
    average_duration_seconds: share(sum((row) => row.seconds_spent)),
    last_success: latest((row) => row.last_success_at),
    last_failure: latest((row) => row.last_failure_at),
    success_rate: share(sum((row) => row.successful_runs)),
  };
}
