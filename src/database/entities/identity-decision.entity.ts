import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a person decided about identity, with what is needed to undo it. */
@Check('identity_decisions_kind', `kind IN ('pin', 'split', 'merge')`)
@Entity('identity_decisions')
export class IdentityDecision {
  @PrimaryGeneratedColumn('identity', { name: 'decision_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  decision_id!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** Each listing it moved or confirmed, with its link and coin before and after. */
  @Column({ type: 'jsonb' })
  moves!: unknown;

  /** What pointed to the coins it emptied, as `{coin_id, merged_into}` of before. */
  @Column({ type: 'jsonb' })
  signposts!: unknown;

  /** Candidates of other listings before it ended their doubts, as `{link_id, candidates}`. */
  @Column({ type: 'jsonb' })
  doubts!: unknown;

  @Column({ type: 'text' })
  request_id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  decided_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  undone_at!: Date | null;

  @Column({ type: 'text', nullable: true })
  undone_request_id!: string | null;
}
