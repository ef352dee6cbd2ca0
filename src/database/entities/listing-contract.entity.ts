import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A contract address a source’s catalogue gives for one asset. */
@Index('listing_contracts_contract', { synchronize: false })
@Index('listing_contracts_of_feed', ['source', 'feed'])
@Entity('listing_contracts')
export class ListingContract {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'text' })
  source_coin_id!: string;

  @PrimaryColumn({ type: 'text' })
  chain_key!: string;

  @PrimaryColumn({ type: 'text' })
  address_key!: string;

  @Column({ type: 'text' })
  chain!: string;

  @Column({ type: 'text' })
  address!: string;

  /** The catalogue that gives it; gone from there, it is gone here. */
  @Column({ type: 'text' })
  feed!: string;

  /** To the week: an unchanged row isn't rewritten each day. */
  @Column({ type: 'timestamptz' })
  seen_at!: Date;
}
