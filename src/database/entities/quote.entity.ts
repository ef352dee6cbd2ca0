import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { Numbers } from './numbers.js';

/** What a listing said at one moment; partitioned by month. */
@Check('quotes_price_is_a_number', `price >= 0 AND price < 'Infinity'::numeric`)
@Check('quotes_market_cap_is_a_number', `market_cap >= 0 AND market_cap < 'Infinity'::numeric`)
@Check('quotes_volume_24h_is_a_number', `volume_24h >= 0 AND volume_24h < 'Infinity'::numeric`)
@Check(
  'quotes_price_change_24h_is_a_number',
  `price_change_24h > '-Infinity'::numeric AND price_change_24h < 'Infinity'::numeric`,
)
@Check('quotes_rank_is_positive', 'rank > 0')
@Entity('quotes')
export class Quote extends Numbers {
  @PrimaryColumn({ type: 'bigint' })
  listing_id!: string;

  @PrimaryColumn({ type: 'timestamptz' })
  quoted_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  source_updated_at!: Date | null;

  @Column({ type: 'timestamptz' })
  fetched_at!: Date;

  @Column({ type: 'bigint' })
  raw_page_id!: string;
}
