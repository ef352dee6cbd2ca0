import { FIELDS, PHRASES, SAME_WORD, type Field } from './csv-header-phrases.js';
import { likeness } from './likeness.js';

/**
 * What a column is, told by its name alone, so that every page of a file has the same answer. Each decision has
 * a confidence from 0 to 1; equal ones go to the column further left.
 */

export interface Column {
  /** Where it stands in a row, from 0. */
  readonly index: number;
  /** Its name in the file, made unique. */
  readonly header: string;
  readonly confidence: number;
  /** True: too doubtful to trust as it is; only cells that state their unit themselves (`$`, `USD`, `%`) are read. */
  readonly doubtful: boolean;
}

export type Columns = Partial<Readonly<Record<Field, Column>>>;

/** From here on a column is taken for what it seems to be. */
const SURE = 0.75;
/** The same for a price, where a wrong guess is a wrong price. No similar name reaches it, only known ones. */
const SURE_OF_PRICE = 0.9;
/** Below, a column is nothing we know. */
const DOUBTFUL = 0.5;
/** How alike a misspelt name must be to a known one. */
const ALIKE = 0.8;

/** `Volume(24h)`, `24hVolume`, `24_hour_vol` are all `24h volume`, in the order of the name. */
export function wordsOf(header: string): string[] {
  const spelt = header
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/([\p{Ll}\d])(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll('%', ' percent ')
    .replaceAll('$', ' usd ')
    .replaceAll('#', ' number ')
    .replace(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .replace(/\b(\d+)\s*(h|hr|hrs|hour|hours)\b/g, '$1h')
    .replace(/\b(\d+)\s*(d|day|days)\b/g, '$1d')
    .trim();
  const words = spelt.split(' ').flatMap((word) => (SAME_WORD[word] ?? word).split(' '));
  return [...new Set(words.filter(Boolean))];
}

const keyOf = (words: readonly string[]): string => [...words].sort().join(' ');

const KNOWN: ReadonlyMap<string, Meaning> = new Map(
  FIELDS.flatMap((field) =>
    Object.entries(PHRASES[field]).map(([phrase, confidence]) => [
      keyOf(phrase.split(' ')),
      { field, confidence },
    ]),
  ),
);

const VOCABULARY: ReadonlySet<string> = new Set([...KNOWN.keys()].flatMap((key) => key.split(' ')));

interface Meaning {
  readonly field: Field;
  readonly confidence: number;
}

/** What a header may mean; null when it is like nothing known. */
export function meaningOf(header: string): Meaning | null {
  const words = wordsOf(header).map(respelt);
  const key = keyOf(words.map(({ word }) => word));
  const known = KNOWN.get(key);
  if (!known) return null;
  return { field: known.field, confidence: known.confidence * Math.min(...words.map(({ alike }) => alike)) };
}

/** A misspelt word as the known one it is most like; words with digits stay: 1h is not 24h. */
function respelt(word: string): { word: string; alike: number } {
  let best = { word, alike: 1 };
  if (VOCABULARY.has(word) || /\d/.test(word)) return best;
  for (const known of VOCABULARY) {
    const alike = likeness(word, known);
    if (alike >= ALIKE && (best.word === word || alike > best.alike)) best = { word: known, alike };
  }
  return best;
}

/** The columns of a header row. A field nobody means is absent. */
export function columnsOf(headers: readonly string[]): Columns {
  const columns: Partial<Record<Field, Column>> = {};
  let plain = null as Column | null;
  uniqueHeaders(headers).forEach((header, index) => {
    const meaning = meaningOf(headers[index] ?? '');
    if (!meaning || meaning.confidence < DOUBTFUL) return;
    const { field, confidence } = meaning;
    const doubtful = confidence < (field === 'price' ? SURE_OF_PRICE : SURE);
    // Only these have cells that can state their unit; another doubtful column is none.
    if (doubtful && field !== 'price' && field !== 'priceChange24h') return;
    if (confidence > (columns[field]?.confidence ?? 0))
      columns[field] = { index, header, confidence, doubtful };
    if (isCurrency(headers[index] ?? '')) plain = { index, header, confidence, doubtful };
  });
  // Alone it names the coin. Beside a symbol it may be either; its cells tell.
  if (plain && (columns.symbol || columns.name?.index !== plain.index)) columns.currency ??= plain;
  return columns;
}

const isCurrency = (header: string): boolean => keyOf(wordsOf(header)) === 'currency';

/** Names for the cells of a row: none empty, none twice. */
export function uniqueHeaders(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  return headers.map((header, index) => {
    const name = header === '' ? `column ${index + 1}` : header;
    let unique = name;
    for (let again = 2; taken.has(unique); again++) unique = `${name} (${again})`;
    taken.add(unique);
    return unique;
  });
}
