import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The shape a source showed, field by field: what drift is measured against. */
@Entity('source_schemas')
export class SourceSchema {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'text' })
  feed!: string;

  @PrimaryColumn({ type: 'text' })
  field!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'double precision' })
  null_share!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  first_seen_at!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  last_seen_at!: Date;

  @Column({ type: 'jsonb', nullable: true })
  change!: unknown;
}
