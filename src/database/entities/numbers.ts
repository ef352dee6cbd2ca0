import { Column } from 'typeorm';

/** The numbers that coins, listings and quotes have in common. Decimal digits as text; null is unknown. */
export abstract class Numbers {
  @Column({ type: 'numeric', nullable: true })
  price!: string | null;

  @Column({ type: 'numeric', nullable: true })
  market_cap!: string | null;

  @Column({ type: 'numeric', nullable: true })
  volume_24h!: string | null;

  /** Percent over 24 hours. */
  @Column({ type: 'numeric', nullable: true })
  price_change_24h!: string | null;

  @Column({ type: 'integer', nullable: true })
  rank!: number | null;
}
