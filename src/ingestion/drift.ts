import { distance } from 'fastest-levenshtein';
import { isLosslessNumber } from 'lossless-json';
import { SourceDrifted } from './source-errors.js';

export type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** How one field looked in a page. A record without the field counts as null. */
export interface FieldShape {
  readonly field: string;
  readonly type: FieldType;
  readonly nullShare: number;
}

export interface Shape {
  readonly records: number;
  readonly fields: ReadonlyMap<string, FieldShape>;
}

export interface FieldChange {
  readonly field: string;
  readonly kind: 'new' | 'gone' | 'retyped' | 'null';
  readonly detail: string;
  /** For a field that is gone: the new one it may have become. Reported, never acted upon. */
  readonly candidate: { readonly field: string; readonly confidence: number } | null;
}

/** Below this, a page says too little about its source's shape to be compared. */
export const ENOUGH_RECORDS = 5;
/** Real records have at most a few dozen fields; a source can't make us remember more than this. */
const MOST_FIELDS = 200;
const LONGEST_FIELD = 200;
/** Share of records without a required field at which the page no longer is what the adapter expects. */
const TOO_MANY_WITHOUT = 0.5;
const LIKELY_CANDIDATE = 0.5;

export function shapeOf(records: readonly unknown[]): Shape {
  const seen = new Map<string, Map<FieldType, number>>();
  let objects = 0;
  for (const record of records) {
    if (!isObject(record)) continue;
    objects += 1;
    for (const [field, value] of Object.entries(record)) {
      let types = seen.get(field);
      if (!types) {
        if (seen.size >= MOST_FIELDS || !isKeepable(field)) continue;
        types = new Map<FieldType, number>();
        seen.set(field, types);
      }
      const type = typeOf(value);
      types.set(type, (types.get(type) ?? 0) + 1);
    }
  }
  const fields = new Map<string, FieldShape>();
  for (const [field, types] of seen) {
    const known = [...types].filter(([type]) => type !== 'null');
    const filled = known.reduce((sum, [, count]) => sum + count, 0);
    const type = known.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'null';
    fields.set(field, { field, type, nullShare: 1 - filled / objects });
  }
  return { records: objects, fields };
}

/** What moved away from the baseline. An empty baseline is nothing to compare with. */
export function changesIn(baseline: readonly FieldShape[], shape: Shape): readonly FieldChange[] {
  if (baseline.length === 0 || shape.records < ENOUGH_RECORDS) return [];
  const known = new Map(baseline.map((field) => [field.field, field]));
  const fresh = [...shape.fields.values()].filter((field) => !known.has(field.field));
  const changes: FieldChange[] = fresh.map((field) => ({
    field: field.field,
    kind: 'new',
    detail: `a field of type ${field.type} that was not there before`,
    candidate: null,
  }));
  for (const before of baseline) {
    const now = shape.fields.get(before.field);
    if (!now) {
      // A field that most records never had is absent from many pages.
      if (before.nullShare >= 0.5) continue;
      const candidate = likelySuccessor(before, fresh);
      const detail = `absent from all ${shape.records} records`;
      changes.push({ field: before.field, kind: 'gone', detail, candidate });
    } else if (now.type !== before.type && now.type !== 'null' && before.type !== 'null') {
      const detail = `was ${before.type}, is ${now.type}`;
      changes.push({ field: before.field, kind: 'retyped', detail, candidate: null });
    } else if (before.nullShare <= 0.5 && now.nullShare >= 0.9) {
      const detail = `null in ${percent(now.nullShare)} of the records, was ${percent(before.nullShare)}`;
      changes.push({ field: before.field, kind: 'null', detail, candidate: null });
    }
  }
  return changes;
}

/**
 * Throws `SourceDrifted` when required fields are absent from too many records to go on. `page` says whose in the
 * message.
 */
export function assertRequired(page: string, records: readonly unknown[], required: readonly string[]): void {
  const objects = records.filter(isObject);
  for (const field of required) {
    const without = objects.filter((record) => !Object.hasOwn(record, field)).length;
    if (objects.length === 0 || without / objects.length <= TOO_MANY_WITHOUT) continue;
    const shape = shapeOf(records);
    const others = [...shape.fields.values()].filter((other) => !required.includes(other.field));
    const candidate = likelySuccessor(
      { field, type: shape.fields.get(field)?.type ?? 'null', nullShare: 0 },
      others,
    );
    throw new SourceDrifted(
      `${page}: the required field ${field} is absent from ${without} of ${objects.length} records` +
        (candidate
          ? `; ${candidate.field} looks like it (confidence ${candidate.confidence.toFixed(2)})`
          : ''),
    );
  }
}

function likelySuccessor(gone: FieldShape, fresh: readonly FieldShape[]): FieldChange['candidate'] {
  let best: { field: string; confidence: number } | null = null;
  for (const field of fresh) {
    const sameType = gone.type === 'null' || field.type === gone.type;
    const confidence = Math.round(similarity(gone.field, field.field) * (sameType ? 1 : 0.5) * 100) / 100;
    if (confidence >= LIKELY_CANDIDATE && confidence > (best?.confidence ?? 0))
      best = { field: field.field, confidence };
  }
  return best;
}

/** 0 to 1, whatever the order of the words: `price_usd` and `usdPrice` are one name. */
function similarity(a: string, b: string): number {
  const words = (name: string): string =>
    name
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean)
      .sort()
      .join(' ');
  const alike = (x: string, y: string): number => 1 - distance(x, y) / Math.max(x.length, y.length, 1);
  return Math.max(alike(a.toLowerCase(), b.toLowerCase()), alike(words(a), words(b)));
}

/** PostgreSQL takes no NUL and no half of a surrogate pair; a source can name its fields as it likes. */
function isKeepable(field: string): boolean {
  return field.length <= LONGEST_FIELD && !field.includes('\0') && field.isWellFormed();
}

function isObject(record: unknown): record is Readonly<Record<string, unknown>> {
  return typeof record === 'object' && record !== null && !Array.isArray(record) && !isLosslessNumber(record);
}

function typeOf(value: unknown): FieldType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isLosslessNumber(value)) return 'number';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
