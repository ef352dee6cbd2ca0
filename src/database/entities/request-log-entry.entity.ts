import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** An API request that was answered. */
@Index('request_logs_at', { synchronize: false })
@Entity('request_logs')
export class RequestLogEntry {
  @PrimaryGeneratedColumn('identity', { name: 'request_log_id', type: 'bigint', generatedIdentity: 'ALWAYS' })
  request_log_id!: string;

  @Column({ type: 'text' })
  request_id!: string;

  @Column({ type: 'text' })
  method!: string;

  @Column({ type: 'text' })
  route!: string;

  @Column({ type: 'integer' })
  status!: number;

  @Column({ type: 'double precision' })
  latency_ms!: number;

  @Column({ type: 'timestamptz' })
  at!: Date;
}
