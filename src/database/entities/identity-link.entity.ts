import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Coin } from './coin.entity.js';
import { Listing } from './listing.entity.js';

/** A decision that a listing is a coin; the newest one not revoked holds. */
@Check('identity_links_confidence', 'confidence >= 0 AND confidence <= 1')
@Index('identity_links_in_force', { synchronize: false })
@Entity('identity_links')
export class IdentityLink {
  @PrimaryGeneratedColumn('identity', { name: 'link_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  link_id!: string;

  @ForeignKey(() => Listing, 'listing_id', { name: 'identity_links_listing_id_fkey' })
  @Column({ type: 'bigint' })
  listing_id!: string;

  @ForeignKey(() => Coin, 'coin_id', { name: 'identity_links_coin_id_fkey' })
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

  @Column({ type: 'text' })
  decided_by!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  decided_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revoked_at!: Date | null;
}
