import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The bytes of one page as they came, compressed; partitioned by source. */
@Index('raw_pages_fetched_at', { synchronize: false })
@Entity('raw_pages')
export class RawPage {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'bigint', default: () => `nextval('raw_page_ids')` })
  raw_page_id!: string;

  @Column({ type: 'bigint' })
  run_id!: string;

  @Column({ type: 'text' })
  feed!: string;

  @Column({ type: 'text' })
  url!: string;

  @Column({ type: 'integer', nullable: true })
  status!: number | null;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'integer' })
  bytes!: number;

  @Column({ type: 'bytea' })
  body!: Buffer;

  @Column({ type: 'timestamptz' })
  fetched_at!: Date;

  /** When its transaction began. Null of pages from before that was kept. */
  @Column({ type: 'timestamptz', nullable: true, default: () => 'now()' })
  loaded_at!: Date | null;
}
