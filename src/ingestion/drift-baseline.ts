import type { EntityManager } from 'typeorm';
import { changesIn, shapeOf } from './drift.js';
import type { FieldChange, FieldShape, FieldType } from './drift.js';
import { BASELINE, NOTE_FIELDS, NOTE_GONE } from './drift.queries.js';

/** Compares a page's shape with the source's baseline and notes what moved, with the page's transaction. */
export async function noteShape(
  manager: EntityManager,
  page: { source: string; feed: string; runId: string },
  records: readonly unknown[],
): Promise<readonly FieldChange[]> {
  const rows: { field: string; type: FieldType; null_share: number }[] = await manager.query(BASELINE, [
    page.source,
    page.feed,
  ]);
  const baseline: FieldShape[] = rows.map((row) => ({
    field: row.field,
    type: row.type,
    nullShare: row.null_share,
  }));
  const shape = shapeOf(records);
  const changes = changesIn(baseline, shape);
  const noted = new Map(changes.map((change) => [change.field, change]));
  const note = (field: string): object | null => {
    const change = noted.get(field);
    if (!change) return null;
    const { kind, detail, candidate } = change;
    return { kind, detail, candidate, run_id: page.runId, detected_at: new Date().toISOString() };
  };
  const seen = [...shape.fields.values()].map((field) => ({
    field: field.field,
    type: field.type,
    null_share: field.nullShare,
    change: note(field.field),
  }));
  if (seen.length > 0) await manager.query(NOTE_FIELDS, [JSON.stringify(seen), page.source, page.feed]);
  const gone = changes
    .filter((change) => change.kind === 'gone')
    .map((change) => ({ field: change.field, change: note(change.field) }));
  if (gone.length > 0) await manager.query(NOTE_GONE, [JSON.stringify(gone), page.source, page.feed]);
  return changes;
}
