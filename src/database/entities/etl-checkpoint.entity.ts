import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where one source stands; the row is the lock that its writers compete for. */
@Entity('etl_checkpoints')
export class EtlCheckpoint {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @Column({ type: 'jsonb', nullable: true })
  cursor!: unknown;

  @Column({ type: 'jsonb', default: {} })
  memory!: unknown;

  @Column({ type: 'text', nullable: true })
  settings_hash!: string | null;

  @Column({ type: 'bigint', default: 0 })
  fence!: string;

  @Column({ type: 'text', nullable: true })
  lease_owner!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  lease_expires_at!: Date | null;

  @Column({ type: 'timestamptz' })
  next_due_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  cool_down_until!: Date | null;

  @Column({ type: 'integer', default: 0 })
  failures_in_a_row!: number;

  @Column({ type: 'date', nullable: true })
  quota_month!: string | null;

  @Column({ type: 'integer', default: 0 })
  quota_used!: number;

  @Column({ type: 'timestamptz', nullable: true })
  last_run_at!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  last_success_at!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  last_failure_at!: Date | null;

  @Column({ type: 'text', nullable: true })
  error_code!: string | null;

  @Column({ type: 'text', nullable: true })
  error_message!: string | null;

  @Column({ type: 'bigint', default: 0 })
  listings!: string;

  @Column({ type: 'timestamptz', nullable: true })
  data_as_of!: Date | null;

  @Column({ type: 'bigint', default: 0 })
  total_runs!: string;

  @Column({ type: 'bigint', default: 0 })
  finished_runs!: string;

  @Column({ type: 'bigint', default: 0 })
  successful_runs!: string;

  @Column({ type: 'bigint', default: 0 })
  failed_runs!: string;

  @Column({ type: 'bigint', default: 0 })
  records_processed!: string;

  @Column({ type: 'double precision', default: 0 })
  seconds_spent!: number;
}
