import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Numbers } from './numbers.js';

/** One asset, whoever lists it, with its consensus numbers. */
@Check('coins_price_is_a_number', `price >= 0 AND price < 'Infinity'::numeric`)
@Check('coins_market_cap_is_a_number', `market_cap >= 0 AND market_cap < 'Infinity'::numeric`)
@Check('coins_volume_24h_is_a_number', `volume_24h >= 0 AND volume_24h < 'Infinity'::numeric`)
@Check(
  'coins_price_change_24h_is_a_number',
  `price_change_24h > '-Infinity'::numeric AND price_change_24h < 'Infinity'::numeric`,
)
@Check('coins_rank_is_positive', 'rank > 0')
@Check('coins_coin_id_is_a_slug', `coin_id ~ '^[a-z0-9][a-z0-9-]*$' AND length(coin_id) <= 120`)
@Check(
  'coins_price_status',
  `price_status IN ('agreed', 'single', 'disputed', 'implausible', 'stale', 'unpriced')`,
)
@Index('coins_by_rank', { synchronize: false })
@Index('coins_by_market_cap', { synchronize: false })
@Index('coins_by_volume', { synchronize: false })
@Index('coins_by_price', { synchronize: false })
@Index('coins_by_change', { synchronize: false })
@Index('coins_by_name', { synchronize: false })
@Index('coins_by_symbol', { synchronize: false })
@Index('coins_merged_into', { synchronize: false })
@Index('coins_fresh_until', { synchronize: false })
@Index('coins_by_divergence', { synchronize: false })
@Entity('coins')
export class Coin extends Numbers {
  @PrimaryColumn({ type: 'text' })
  coin_id!: string;

  @Column({ type: 'text' })
  symbol!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', default: 'unpriced' })
  price_status!: string;

  @Column({ type: 'text', array: true, default: [] })
  sources!: string[];

  @Column({ type: 'timestamptz', nullable: true })
  as_of!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  fresh_until!: Date | null;

  /** Percent between the two fresh prices of nearly the same time that are furthest apart; null: no two. */
  @Column({ type: 'double precision', nullable: true })
  divergence!: number | null;

  /** The listings with these prices. */
  @Column({ type: 'bigint', nullable: true })
  lowest_listing_id!: string | null;

  @Column({ type: 'bigint', nullable: true })
  highest_listing_id!: string | null;

  @ForeignKey(() => Coin, 'coin_id', { name: 'coins_merged_into_fkey' })
  @Column({ type: 'text', nullable: true })
  merged_into!: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  created_at!: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updated_at!: Date;
}
