import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A decision that a listing is a coin; the newest one not revoked holds. */
@Check('identity_links_confidence', 'confidence >= 0 AND confidence <= 1')
@Index('identity_links_in_force', { synchronize: false })
@Index('identity_links_of_coin', ['coin_id'])
@Index('identity_links_ambiguous', { synchronize: false })
@Index('identity_links_suspect', { synchronize: false })
@Index('identity_links_curated', { synchronize: false })
@Entity('identity_links')
export class IdentityLink {
  @PrimaryGeneratedColumn('identity', { name: 'link_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  link_id!: string;

  @Column({ type: 'bigint' })
  listing_id!: string;

  @Column({ type: 'text' })
  coin_id!: string;

  @Column({ type: 'text' })
  method!: string;

  @Column({ type: 'double precision' })
  confidence!: number;

  @Column({ type: 'jsonb' })
  evidence!: unknown;

  @Column({ type: 'jsonb', default: [] })
  candidates!: unknown;

  /** Sentences that speak against it since it was made; null: none. */
  @Column({ type: 'jsonb', nullable: true })
  suspect!: unknown;

  /** Listings that a person says it is not, as `{source, source_coin_id}`. */
  @Column({ type: 'jsonb', nullable: true })
  apart_from!: unknown;

  @Column({ type: 'text' })
  decided_by!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  decided_at!: Date;

  /** Since when it stays whatever comes; null: it may be decided anew, or the end of a pass settled it. */
  @Column({ type: 'timestamptz', nullable: true })
  settled_at!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  revoked_at!: Date | null;
}
