import { isLosslessNumber } from 'lossless-json';

export type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** In how many records a field was of which type; a record without the field is in none. */
export type TypeCounts = Readonly<Partial<Record<FieldType, number>>>;

/** How the records of a page looked, field by field. */
export interface Shape {
  readonly records: number;
  readonly fields: ReadonlyMap<string, TypeCounts>;
}

/** Real records have at most a few dozen fields; a source can't make us remember more than this. */
export const MOST_FIELDS = 200;
const LONGEST_FIELD = 200;

/**
 * The shape of what are objects among the records. Of nested fields only those beside a required one are looked at:
 * elsewhere the keys of an object may be data, such as the chains of a coin's contracts.
 */
export function shapeOf(records: readonly unknown[], required: readonly string[]): Shape {
  const branches = branchesOf(required);
  // Those that decide come first: no crowd of others may keep them out.
  const seen = new Map<string, Map<FieldType, number>>(
    [...branches, ...required].map((field) => [field, new Map<FieldType, number>()]),
  );
  const look = (object: Readonly<Record<string, unknown>>, branch: string): void => {
    for (const [key, value] of Object.entries(object)) {
      const field = branch + key;
      let types = seen.get(field);
      if (!types) {
        if (seen.size >= MOST_FIELDS || !isKeepable(field)) continue;
        types = new Map<FieldType, number>();
        seen.set(field, types);
      }
      const type = typeOf(value);
      types.set(type, (types.get(type) ?? 0) + 1);
      if (isObject(value) && branches.has(field)) look(value, `${field}.`);
    }
  };
  const objects = records.filter(isObject);
  for (const record of objects) look(record, '');
  const found = [...seen].filter(([, types]) => types.size > 0);
  return {
    records: objects.length,
    fields: new Map(found.map(([field, types]) => [field, Object.fromEntries(types)])),
  };
}

/** `quotes` and `quotes.USD` of `quotes.USD.price`. */
export function branchesOf(paths: readonly string[]): ReadonlySet<string> {
  return new Set(
    paths.flatMap((path) =>
      path
        .split('.')
        .slice(0, -1)
        .map((_, at, names) => names.slice(0, at + 1).join('.')),
    ),
  );
}

export function countOf(types: TypeCounts | undefined): number {
  return Object.values(types ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Share of records in which a field is null or not there at all. */
export function nullShareOf(types: TypeCounts | undefined, records: number): number {
  return 1 - (countOf(types) - (types?.null ?? 0)) / records;
}

/** The type most values have; `null` where there are none. */
export function mainTypeOf(types: TypeCounts | undefined): FieldType {
  const filled = (Object.entries(types ?? {}) as [FieldType, number][]).filter(([type]) => type !== 'null');
  return filled.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'null';
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
