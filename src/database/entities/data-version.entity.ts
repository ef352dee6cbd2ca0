import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One row: the version of all that readers are shown. */
@Check('data_version_only_row', 'only_row')
@Entity('data_version')
export class DataVersionRow {
  @PrimaryColumn({ type: 'boolean', default: true })
  only_row!: boolean;

  @Column({ type: 'bigint' })
  version!: string;
}
