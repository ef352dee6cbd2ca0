import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The end of a pass: since then all links up to this one that are in force stay, whatever comes. */
@Entity('identity_settlements')
export class IdentitySettlement {
  @PrimaryColumn({ type: 'bigint' })
  last_link_id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  settled_at!: Date;
}
