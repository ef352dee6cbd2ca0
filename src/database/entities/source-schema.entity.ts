import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The shape a source showed in a complete pass, field by field: what drift is measured against. */
@Entity('source_schemas')
export class SourceSchema {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'text' })
  feed!: string;

  @PrimaryColumn({ type: 'text' })
  field!: string;

  /** Null until a pass that showed the field was complete, as the shares are. */
  @Column({ type: 'text', nullable: true })
  type!: string | null;

  @Column({ type: 'double precision', nullable: true })
  null_share!: number | null;

  @Column({ type: 'double precision', nullable: true })
  most_null!: number | null;

  /** What the pass that is under way showed so far; null where none is. */
  @Column({ type: 'jsonb', nullable: true })
  pass!: unknown;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  first_seen_at!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  last_seen_at!: Date;

  @Column({ type: 'jsonb', nullable: true })
  change!: unknown;
}
