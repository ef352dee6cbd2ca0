import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A part of how many rows there are of something; its parts add up to it. Written by triggers alone. */
@Entity('row_counts')
export class RowCount {
  @PrimaryGeneratedColumn('identity', {
    name: 'row_count_id',
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
  })
  row_count_id!: string;

  @Column({ type: 'text' })
  counted!: string;

  @Column({ type: 'bigint' })
  rows!: string;
}
