import type { EntityManager } from 'typeorm';
import { askPrepared } from '../database/prepared.js';
import { changesIn, ENOUGH_RECORDS, PageDrifted, topmost } from './drift.js';
import type { FieldBaseline, FieldChange } from './drift.js';
import * as sql from './drift.queries.js';
import { passFields } from './pass-shape.js';
import type { KnownField } from './pass-shape.js';
import type { OpenedPage } from './prepared-page.js';
import { branchesOf } from './record-shape.js';
import type { FieldType } from './record-shape.js';
import { requiredLoss } from './required-fields.js';
import type { FetchedPage, SourceAdapter } from './source-adapter.js';

/*
 * What drift is measured against is how a source's last complete pass looked: single pages differ too much from
 * each other. Until a pass is complete, what its pages showed stands beside the baseline, and moves with them.
 */

type Holder = Readonly<{ source: string; runId: string }>;

interface FieldRow {
  readonly field: string;
  /** Null until a pass that showed the field was complete; so are the next two. */
  readonly type: FieldType | null;
  readonly null_share: number | null;
  readonly most_null: number | null;
  readonly pass: KnownField['pass'];
  readonly last_seen_at: Date;
}

/**
 * Compares a page with its source's baseline and notes what moved, in the page's transaction. Throws `PageDrifted`
 * where the page must not be loaded, and calls `fits` where it may. Files hold what people put in them: those are noted and never fail.
 */
export async function noteShape(
  manager: EntityManager,
  { source, runId }: Holder,
  adapter: SourceAdapter,
  page: Pick<FetchedPage, 'feed'>,
  { opened, read, shape }: OpenedPage,
  fits: () => void = () => undefined,
): Promise<readonly FieldChange[]> {
  const schema = opened.schema ?? page.feed;
  const { required } = opened;
  const rows = await askPrepared<FieldRow>(manager, sql.KNOWN_FIELDS, [source, schema]);
  const baseline = baselineOf(rows);
  const enough = shape.records >= ENOUGH_RECORDS;
  const pass = passFields(rows, shape);
  const moved =
    enough && baseline.size > 0
      ? changesIn(baseline, shape, (field) => pass.get(field)?.null_share ?? 1)
      : [];
  const changes = topmost(moved, branchesOf(required));
  const loss = adapter.reference ? null : requiredLoss({ required, shape, read, baseline, changes });
  if (loss) {
    const others = changes.filter(({ field }) => field !== loss.change?.field);
    const noted = loss.change ? [...others, loss.change] : others;
    throw new PageDrifted(`${source} ${page.feed}: ${loss.message}`, schema, noted);
  }
  fits();
  // A page of a few records would say less than what it replaced.
  if (!enough && baseline.size > 0) return [];
  const odd = new Set(moved.map(({ field }) => field));
  const notes = new Map(changes.map((change) => [change.field, noteOf(change, runId)]));
  const lastSeen = new Map(rows.map((row) => [row.field, row.last_seen_at]));
  const fields = [...pass].map(([field, shown]) => ({
    field,
    pass: { ...shown, odd: shown.odd || odd.has(field) },
    change: notes.get(field) ?? null,
    last_seen_at: shape.fields.has(field) ? null : lastSeen.get(field),
  }));
  if (fields.length > 0) await askPrepared(manager, sql.NOTE_PASS, [JSON.stringify(fields), source, schema]);
  return changes;
}

/**
 * Notes why a page was not loaded, in the transaction that fails its run or goes on behind it: the page's own was rolled
 * back. It is not kept either, so that a rebuild must take these notes over.
 */
export async function noteDrift(
  manager: EntityManager,
  { source, runId }: Holder,
  drifted: PageDrifted,
): Promise<void> {
  const notes = drifted.changes.map((change) => ({
    field: change.field,
    change: { ...noteOf(change, runId), not_loaded: true },
  }));
  if (notes.length > 0)
    await manager.query(sql.NOTE_CHANGES, [JSON.stringify(notes), source, drifted.schema]);
}

/** The pass is complete: what it showed is the baseline of the next one. In the transaction that finishes its run. */
export async function settleShapes(manager: EntityManager, { source }: Holder): Promise<void> {
  await manager.query(sql.DROP_UNSEEN, [source]);
  await manager.query(sql.SETTLE_PASS, [source]);
}

/** The pass begins anew: what it showed counts for nothing. */
export async function forgetShapes(manager: EntityManager, source: string): Promise<void> {
  await manager.query(sql.FORGET_PASS, [source]);
}

function baselineOf(rows: readonly FieldRow[]): ReadonlyMap<string, FieldBaseline> {
  return new Map(
    rows.flatMap(({ field, type, null_share, most_null }) =>
      type === null || null_share === null || most_null === null
        ? []
        : [[field, { type, nullShare: null_share, mostNull: most_null }] as const],
    ),
  );
}

function noteOf({ kind, detail, candidate }: FieldChange, runId: string): object {
  return { kind, detail, candidate, run_id: runId, detected_at: new Date().toISOString() };
}
