import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A contract address a source’s catalogue gives for one asset. */
@Index('listing_contracts_contract', { synchronize: false })
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
}
