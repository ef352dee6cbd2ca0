import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A record that could not be read, as it came. */
@Index('quarantine_of_source', { synchronize: false })
@Index('quarantine_quarantined_at', { synchronize: false })
@Entity('quarantine')
export class QuarantinedRecord {
  @PrimaryGeneratedColumn('identity', { name: 'quarantine_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  quarantine_id!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text' })
  feed!: string;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text' })
  message!: string;

  @Column({ type: 'bytea' })
  record!: Buffer;

  @Column({ type: 'bigint' })
  run_id!: string;

  @Column({ type: 'bigint' })
  raw_page_id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  quarantined_at!: Date;
}
