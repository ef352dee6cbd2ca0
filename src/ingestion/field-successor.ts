import { distance } from 'fastest-levenshtein';
import type { FieldType } from './record-shape.js';

export interface NamedField {
  readonly field: string;
  /** `null`: not known. */
  readonly type: FieldType;
}

/** A field that another one may have become. Reported, never acted upon. */
export interface Successor {
  readonly field: string;
  /** 0 to 1. */
  readonly confidence: number;
}

const LIKELY = 0.5;
/** A field of another type is rarely the same one. */
const OTHER_TYPE = 0.5;
/** A field that moved to another branch may still bear its name, with less certainty. */
const OTHER_BRANCH = 0.8;

/** The one of `others` that is most like the field that is gone, by name and type; null where none is. */
export function likelySuccessor(gone: NamedField, others: readonly NamedField[]): Successor | null {
  let best: Successor | null = null;
  for (const other of others) {
    const sameType = gone.type === 'null' || other.type === 'null' || other.type === gone.type;
    const likeness = pathLikeness(gone.field, other.field) * (sameType ? 1 : OTHER_TYPE);
    const confidence = Math.round(likeness * 100) / 100;
    if (confidence >= LIKELY && confidence > (best?.confidence ?? 0))
      best = { field: other.field, confidence };
  }
  return best;
}

/** Within one branch only the last names count: what two paths share by standing there says nothing. */
function pathLikeness(a: string, b: string): number {
  const [branchA, nameA] = parted(a);
  const [branchB, nameB] = parted(b);
  const byName = likeness(nameA, nameB);
  return branchA === branchB ? byName : Math.max(OTHER_BRANCH * byName, likeness(a, b));
}

function parted(path: string): [branch: string, name: string] {
  const dot = path.lastIndexOf('.');
  return [path.slice(0, dot + 1), path.slice(dot + 1)];
}

/** Whatever the order of the words: `price_usd` and `usdPrice` are one name. */
function likeness(a: string, b: string): number {
  const alike = (x: string, y: string): number => 1 - distance(x, y) / Math.max(x.length, y.length, 1);
  return Math.max(alike(a.toLowerCase(), b.toLowerCase()), alike(wordsOf(a), wordsOf(b)));
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .sort()
    .join(' ');
}
