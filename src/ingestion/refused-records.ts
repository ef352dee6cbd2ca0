import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Answer } from '../common/answer.js';
import { pageMetadata, pagingOf } from '../common/paging.js';
import { checkSource } from '../common/source-parameter.js';
import { Settings } from '../config/settings.js';
import type { DriftQuery, DriftRow, QuarantinedRow, QuarantineQuery } from './etl.dto.js';
import * as sql from './refused-records.queries.js';

interface QuarantinedColumns {
  readonly quarantine_id: string;
  readonly source: string;
  readonly feed: string;
  readonly reason: string;
  readonly message: string;
  readonly record: Buffer;
  readonly run_id: string;
  readonly raw_page_id: string;
  readonly quarantined_at: Date;
  readonly url: string | null;
}

interface DriftColumns {
  readonly source: string;
  readonly feed: string;
  readonly field: string;
  readonly change: {
    readonly kind: string;
    readonly detail: string;
    readonly candidate: { readonly field: string; readonly confidence: number } | null;
    readonly run_id: string;
    readonly detected_at: string;
  };
  readonly last_seen_at: Date;
}

/** What was refused and why, and what moved in the sources' shapes. */
@Injectable()
export class RefusedRecords {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async quarantined(query: QuarantineQuery): Promise<Answer> {
    checkSource(query.source, this.settings);
    const paging = pagingOf(query);
    const filter = [query.source ?? null, query.reason ?? null];
    const rows: QuarantinedColumns[] = await this.dataSource.query(sql.QUARANTINED, [
      ...filter,
      paging.limit,
      paging.offset,
    ]);
    const counts: { total: number }[] = await this.dataSource.query(sql.COUNT_QUARANTINED, filter);
    return new Answer(rows.map(toQuarantined), pageMetadata(paging, counts[0]?.total ?? 0));
  }

  async drift(query: DriftQuery): Promise<Answer> {
    checkSource(query.source, this.settings);
    const paging = pagingOf(query);
    const source = query.source ?? null;
    const rows: DriftColumns[] = await this.dataSource.query(sql.DRIFT, [
      source,
      paging.limit,
      paging.offset,
    ]);
    const counts: { total: number }[] = await this.dataSource.query(sql.COUNT_DRIFT, [source]);
    return new Answer(rows.map(toDrift), pageMetadata(paging, counts[0]?.total ?? 0));
  }
}

function toQuarantined(row: QuarantinedColumns): QuarantinedRow {
  return {
    quarantine_id: Number(row.quarantine_id),
    source: row.source,
    feed: row.feed,
    reason: row.reason,
    message: row.message,
    record: row.record.toString('utf8'),
    run_id: Number(row.run_id),
    page: { raw_page_id: Number(row.raw_page_id), url: row.url },
    quarantined_at: row.quarantined_at.toISOString(),
  };
}

function toDrift(row: DriftColumns): DriftRow {
  return {
    source: row.source,
    feed: row.feed,
    field: row.field,
    change: row.change.kind,
    detail: row.change.detail,
    candidate: row.change.candidate,
    run_id: Number(row.change.run_id),
    detected_at: row.change.detected_at,
    last_seen_at: row.last_seen_at.toISOString(),
  };
}
