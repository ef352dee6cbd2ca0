import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { Numbers } from './numbers.js';
import { Coin } from './coin.entity.js';

/** A source’s latest word on one asset, with its link to a coin. */
@Check('listings_price_is_a_number', `price >= 0 AND price < 'Infinity'::numeric`)
@Check('listings_market_cap_is_a_number', `market_cap >= 0 AND market_cap < 'Infinity'::numeric`)
@Check('listings_volume_24h_is_a_number', `volume_24h >= 0 AND volume_24h < 'Infinity'::numeric`)
@Check(
  'listings_price_change_24h_is_a_number',
  `price_change_24h > '-Infinity'::numeric AND price_change_24h < 'Infinity'::numeric`,
)
@Check('listings_rank_is_positive', 'rank > 0')
@Unique('listings_source_key', ['source', 'source_coin_id'])
@Index('listings_of_coin', { synchronize: false })
@Index('listings_symbol_key', { synchronize: false })
@Index('listings_id_symbol_key', { synchronize: false })
@Index('listings_by_rank', { synchronize: false })
@Index('listings_by_symbol', { synchronize: false })
@Entity('listings')
export class Listing extends Numbers {
  @PrimaryGeneratedColumn('identity', { name: 'listing_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  listing_id!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text' })
  source_coin_id!: string;

  @Column({ type: 'text' })
  symbol!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  symbol_key!: string;

  @Column({ type: 'text' })
  name_key!: string;

  /** The symbol in its id, where that is another one; and the name there. */
  @Column({ type: 'text', nullable: true })
  id_symbol_key!: string | null;

  @Column({ type: 'text', nullable: true })
  id_name!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  source_updated_at!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  quoted_at!: Date | null;

  @Column({ type: 'timestamptz' })
  fetched_at!: Date;

  @ForeignKey(() => Coin, 'coin_id', { name: 'listings_coin_id_fkey' })
  @Column({ type: 'text', nullable: true })
  coin_id!: string | null;

  /** Whether its numbers can't be right; decided with its coin's consensus. */
  @Column({ type: 'boolean', default: false })
  implausible!: boolean;

  @Column({ type: 'bigint' })
  run_id!: string;

  @Column({ type: 'bigint' })
  raw_page_id!: string;
}
