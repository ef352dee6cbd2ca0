import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** One pass over one source. */
@Check('etl_runs_status', `status IN ('running', 'success', 'failed', 'interrupted')`)
@Check('etl_runs_every_record_has_an_outcome', 'extracted = inserted + updated + unchanged + quarantined')
@Index('etl_runs_of_source', { synchronize: false })
@Index('etl_runs_of_status', { synchronize: false })
@Index('etl_runs_of_source_and_status', { synchronize: false })
@Entity('etl_runs')
export class EtlRun {
  @PrimaryGeneratedColumn('identity', { name: 'run_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  run_id!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text' })
  trigger!: string;

  @Column({ type: 'text', default: 'running' })
  status!: string;

  @Column({ type: 'bigint' })
  fence!: string;

  @Column({ type: 'text' })
  instance!: string;

  @Column({ type: 'boolean', default: false })
  resumed!: boolean;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  started_at!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  heartbeat_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  finished_at!: Date | null;

  @Column({ type: 'integer', default: 0 })
  pages!: number;

  @Column({ type: 'integer', default: 0 })
  extracted!: number;

  @Column({ type: 'integer', default: 0 })
  inserted!: number;

  @Column({ type: 'integer', default: 0 })
  updated!: number;

  @Column({ type: 'integer', default: 0 })
  unchanged!: number;

  @Column({ type: 'integer', default: 0 })
  quarantined!: number;

  @Column({ type: 'integer', default: 0 })
  duplicates!: number;

  @Column({ type: 'jsonb', default: [] })
  warnings!: unknown;

  @Column({ type: 'text', nullable: true })
  error_code!: string | null;

  @Column({ type: 'text', nullable: true })
  error_message!: string | null;
}
