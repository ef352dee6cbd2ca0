import { likelySuccessor } from './field-successor.js';
import type { NamedField, Successor } from './field-successor.js';
import { countOf, mainTypeOf, nullShareOf } from './record-shape.js';
import type { FieldType, Shape } from './record-shape.js';
import { SourceDrifted } from './source-errors.js';

export interface FieldChange {
  readonly field: string;
  readonly kind: 'new' | 'gone' | 'retyped' | 'null';
  readonly detail: string;
  /** For a field that is gone: the new one it may have become. Reported, never acted upon. */
  readonly candidate: Successor | null;
}

/** How a field looked in the last complete pass that showed nothing odd of it. */
export interface FieldBaseline {
  readonly type: FieldType;
  /** Of all records of the pass. */
  readonly nullShare: number;
  /** The null share of the page in which it was largest: tails of small coins are emptier than the whole. */
  readonly mostNull: number;
}

/** Below this, a page says too little about its source's shape to be compared. */
export const ENOUGH_RECORDS = 5;
const FILLED_BEFORE = 0.5;
const EMPTY_NOW = 0.9;

/** A page that must not be loaded, with what is to be noted of it once it is rolled back. */
export class PageDrifted extends SourceDrifted {
  constructor(
    message: string,
    readonly schema: string,
    readonly changes: readonly FieldChange[],
  ) {
    super(message);
  }
}

/**
 * What of a page moved away from the baseline. `nullSoFar` is a field's null share in the pass up to and with this
 * page: where single pages always were empty, only all of them together tell.
 */
export function changesIn(
  baseline: ReadonlyMap<string, FieldBaseline>,
  page: Shape,
  nullSoFar: (field: string) => number,
): readonly FieldChange[] {
  const fresh = freshFields(baseline, page);
  const changes: FieldChange[] = fresh.map(({ field, type }) => ({
    field,
    kind: 'new',
    detail: `a field of type ${type} that was not there before`,
    candidate: null,
  }));
  for (const [field, before] of baseline) {
    const types = page.fields.get(field);
    const nullShare = nullShareOf(types, page.records);
    const type = mainTypeOf(types);
    const emptied =
      nullShare >= EMPTY_NOW &&
      before.nullShare <= FILLED_BEFORE &&
      (before.mostNull < EMPTY_NOW || nullSoFar(field) >= EMPTY_NOW);
    if (emptied && types === undefined) {
      const candidate = likelySuccessor({ field, type: before.type }, fresh);
      changes.push({ field, kind: 'gone', detail: `absent from all ${page.records} records`, candidate });
    } else if (emptied) {
      const detail = `null in ${percent(nullShare)} of the records, was ${percent(before.nullShare)}`;
      changes.push({ field, kind: 'null', detail, candidate: null });
    } else if (type !== before.type && before.type !== 'null' && isSeenEnough(types)) {
      changes.push({ field, kind: 'retyped', detail: `was ${before.type}, is ${type}`, candidate: null });
    }
  }
  return changes;
}

/** Without the changes that are only the consequence of their branch's: `quotes` gone, all below it is. */
export function topmost(
  changes: readonly FieldChange[],
  branches: ReadonlySet<string>,
): readonly FieldChange[] {
  const moved = changes.map(({ field }) => field).filter((field) => branches.has(field));
  return changes.filter(({ field }) => !moved.some((branch) => field.startsWith(`${branch}.`)));
}

/** The fields a baseline doesn't know; all of them where there is none. */
export function freshFields(
  baseline: ReadonlyMap<string, FieldBaseline>,
  page: Shape,
): readonly NamedField[] {
  return [...page.fields]
    .filter(([field]) => !baseline.has(field))
    .map(([field, types]) => ({ field, type: mainTypeOf(types) }));
}

function isSeenEnough(types: Parameters<typeof countOf>[0]): boolean {
  return countOf(types) - (types?.null ?? 0) >= ENOUGH_RECORDS;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
