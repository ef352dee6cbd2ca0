import { ENOUGH_RECORDS } from './drift.js';
import { mainTypeOf, MOST_FIELDS, nullShareOf } from './record-shape.js';
import type { FieldType, Shape, TypeCounts } from './record-shape.js';

/** What the pages of a pass showed of one field so far; stored as it is. */
export interface PassField {
  /** Of the whole schema, whether they have the field or not. */
  readonly records: number;
  readonly types: TypeCounts;
  readonly type: FieldType;
  readonly null_share: number;
  /** The null share of the page in which it was largest. */
  readonly most_null: number;
  /** Whether a page moved away from the baseline, which then stays what it is. */
  readonly odd: boolean;
}

export interface KnownField {
  readonly field: string;
  readonly type: FieldType | null;
  readonly pass: PassField | null;
}

/** The shape of a pass with one page more: every field that the source was ever seen with, or has in this page. */
export function passFields(known: readonly KnownField[], page: Shape): ReadonlyMap<string, PassField> {
  const before = Math.max(0, ...known.map(({ pass }) => pass?.records ?? 0));
  const records = before + page.records;
  const fields = new Map<string, PassField>();
  if (records === 0) return fields;
  const add = (field: string, pass: PassField | null): void => {
    const shown = page.fields.get(field);
    const types = sum(pass?.types ?? {}, shown ?? {});
    // A field that comes late was absent from a page before.
    const mostNull = pass?.most_null ?? (before > 0 ? 1 : 0);
    fields.set(field, {
      records,
      types,
      type: mainTypeOf(types),
      null_share: nullShareOf(types, records),
      most_null:
        page.records < ENOUGH_RECORDS ? mostNull : Math.max(mostNull, nullShareOf(shown, page.records)),
      odd: pass?.odd ?? false,
    });
  };
  for (const { field, type, pass } of known)
    // A row of neither is only a note of a page that was never loaded.
    if (type !== null || pass !== null || page.fields.has(field)) add(field, pass);
  for (const field of page.fields.keys())
    if (!fields.has(field) && fields.size < 2 * MOST_FIELDS) add(field, null);
  return fields;
}

function sum(a: TypeCounts, b: TypeCounts): TypeCounts {
  const types = new Set([...Object.keys(a), ...Object.keys(b)] as FieldType[]);
  return Object.fromEntries([...types].map((type) => [type, (a[type] ?? 0) + (b[type] ?? 0)]));
}
