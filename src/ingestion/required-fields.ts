import { ENOUGH_RECORDS, freshFields } from './drift.js';
import type { FieldBaseline, FieldChange } from './drift.js';
import { likelySuccessor } from './field-successor.js';
import type { ReadPage, RefusedRecord } from './read-page.js';
import { branchesOf, countOf } from './record-shape.js';
import type { Shape } from './record-shape.js';

/** Why a page can't be what its adapter expects: loading it would publish wrong numbers, or none. */
export interface RequiredLoss {
  readonly message: string;
  /** What is to be noted of the field; null where no single one is to blame. */
  readonly change: FieldChange | null;
}

/** Share of a page's records without a required field above which it isn't a matter of single records. */
const TOO_MANY = 0.5;

interface JudgedPage {
  readonly required: readonly string[];
  readonly shape: Shape;
  readonly read: ReadPage;
  readonly baseline: ReadonlyMap<string, FieldBaseline>;
  readonly changes: readonly FieldChange[];
}

/** Null for a page to be loaded, as one is with too few records to judge its source by. */
export function requiredLoss(page: JudgedPage): RequiredLoss | null {
  if (page.read.extracted < ENOUGH_RECORDS) return null;
  return absent(page) ?? unreadable(page) ?? emptied(page);
}

function absent({ required, shape, baseline, changes }: JudgedPage): RequiredLoss | null {
  if (shape.records < ENOUGH_RECORDS) return null;
  const branches = branchesOf(required);
  // A branch before what is in it: it is the one that is gone.
  for (const field of [...branches, ...required]) {
    const without = shape.records - countOf(shape.fields.get(field));
    if (without / shape.records <= TOO_MANY) continue;
    const type = baseline.get(field)?.type ?? 'null';
    const others = freshFields(baseline, shape).filter(
      (other) => !required.includes(other.field) && !branches.has(other.field),
    );
    const known = changes.find((change) => change.field === field && change.kind === 'gone');
    const candidate = known?.candidate ?? likelySuccessor({ field, type }, others);
    const detail = `absent from ${without} of ${shape.records} records`;
    return {
      message:
        `the required field ${field} is ${detail}` +
        (candidate
          ? `; ${candidate.field} looks like it (confidence ${candidate.confidence.toFixed(2)})`
          : ''),
      change: { field, kind: 'gone', detail, candidate },
    };
  }
  return null;
}

function unreadable({ required, read, changes }: JudgedPage): RequiredLoss | null {
  const { extracted, refused } = read;
  const blamed = refused.filter((record) => isForRequired(record, required));
  const field = mostFrequent(blamed.flatMap((record) => record.field ?? []));
  const example = (blamed.find((record) => record.field === field) ?? refused[0])?.message ?? '';
  const change = (): FieldChange | null => {
    if (field === null) return null;
    const known = changes.find((one) => one.field === field);
    return known ?? { field, kind: 'retyped', detail: `can't be read: ${example}`, candidate: null };
  };
  if (refused.length === extracted)
    return {
      message: `none of the ${extracted} records could be read; the first: ${refused[0]?.message ?? ''}`,
      change: change(),
    };
  if (blamed.length / extracted <= TOO_MANY) return null;
  return {
    message: `${blamed.length} of ${extracted} records can't be read for what is required of them; ${example}`,
    change: change(),
  };
}

function emptied({ required, changes }: JudgedPage): RequiredLoss | null {
  const change = changes.find(
    ({ field, kind }) => (kind === 'null' || kind === 'gone') && isRequired(field, required),
  );
  return change ? { message: `the required field ${change.field} is ${change.detail}`, change } : null;
}

/** What is no record at all has none of its fields. */
function isForRequired({ reason, field }: RefusedRecord, required: readonly string[]): boolean {
  if (reason === 'not_an_object') return true;
  if (reason !== 'missing_field' && reason !== 'wrong_type') return false;
  return field !== null && isRequired(field, required);
}

/** Of a required path, or of a branch it is on. */
function isRequired(field: string, required: readonly string[]): boolean {
  return required.some((path) => path === field || path.startsWith(`${field}.`));
}

function mostFrequent(fields: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
