import { distance } from 'fastest-levenshtein';
import type { ReadEvidence } from './listing-evidence.js';

/*
 * What a listing goes by. A name that only repeats the symbol says no more than the symbol does, and no decision
 * rests on that alone.
 */

const GLUED_GENERIC = /(?<=.{4})(?:token|coin|protocol|finance|network)$/u;

/** Words that many projects have in their names and leave out elsewhere. */
const WEAK_WORDS: ReadonlySet<string> = new Set(
  [
    'token tokens coin coins protocol finance financial network networks project foundation official the',
    'app blockchain chain com community currency dao defi dex ecosystem exchange game gamefi games gaming',
    'governance group io labs lab metaverse money native platform swap system technology utility world',
  ].flatMap((words) => words.split(' ')),
);

/** Says of an entry that there is a newer one, or which of several it is. */
const EDITION = /(?:^| )(old|legacy|deprecated|former|formerly|migrated|inactive|v ?\d+(?: \d+)*)(?= |$)/gu;

const SHORTEST_TO_CONTAIN = 4;
const ALIKE = 0.85;

export const isMoreThanSymbol = ({ symbols }: ReadEvidence, form: string): boolean =>
  form !== '' && !symbols.includes(form);

/** Its name, and the one in its id, whole. */
export function wholeForms(listing: ReadEvidence): string[] {
  return distinct(listing, [listing.name, listing.idName]);
}

/** The same without generic words, glued to the rest or not. */
export function bareForms(listing: ReadEvidence): string[] {
  const bare = [listing.bare, listing.idBare];
  return distinct(listing, [...bare, ...bare.map((form) => form.replace(GLUED_GENERIC, ''))]);
}

/** What is left of its names without weak words and its own symbol; without gaps. */
function coreForms(listing: ReadEvidence): string[] {
  const core = (name: string): string =>
    name
      .split(' ')
      .filter((word) => !WEAK_WORDS.has(word) && !listing.symbols.includes(word))
      .join('')
      .replace(GLUED_GENERIC, '');
  return distinct(listing, [core(listing.name), core(listing.idName)]);
}

/** A form they share, in names or ids; null when there is none. */
export function sharedForm(one: ReadEvidence, other: ReadEvidence): string | null {
  if (!sameEdition(one, other)) return null;
  const others = new Set([...wholeForms(other), other.bare, other.idBare]);
  const own = [...wholeForms(one), ...distinct(one, [one.bare, one.idBare])];
  return own.find((form) => others.has(form) && isMoreThanSymbol(other, form)) ?? null;
}

/** The same for what is left without weak words. */
export function sharedCore(one: ReadEvidence, other: ReadEvidence): string | null {
  if (!sameEdition(one, other)) return null;
  const others = new Set(coreForms(other));
  return coreForms(one).find((form) => others.has(form)) ?? null;
}

/** "Acme [OLD]" and "Acme", or "Acme v1" and "Acme v2", are two editions: an id that both have says nothing. */
export function sameEdition(one: ReadEvidence, other: ReadEvidence): boolean {
  return edition(one) === edition(other);
}

/** Whether one name holds the other, or they are spelled nearly alike. Numbers must be the same. */
export function areSimilar(one: ReadEvidence, other: ReadEvidence): boolean {
  if (!sameEdition(one, other)) return false;
  const others = distinct(other, [other.bare, other.idBare]);
  return distinct(one, [one.bare, one.idBare]).some((form) => others.some((its) => alike(form, its)));
}

function alike(one: string, other: string): boolean {
  if (one.replace(/\P{N}/gu, '') !== other.replace(/\P{N}/gu, '')) return false;
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  if (shorter.length < SHORTEST_TO_CONTAIN) return false;
  return longer.includes(shorter) || 1 - distance(one, other) / longer.length >= ALIKE;
}

function edition({ name }: ReadEvidence): string {
  return [...name.matchAll(EDITION)].map(([, word]) => word?.replaceAll(' ', '')).join(' ');
}

function distinct(listing: ReadEvidence, forms: readonly string[]): string[] {
  return [...new Set(forms)].filter((form) => isMoreThanSymbol(listing, form));
}
