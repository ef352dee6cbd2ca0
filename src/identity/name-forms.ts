import { distance } from 'fastest-levenshtein';
import type { ReadEvidence } from './listing-evidence.js';

/*
 * What a listing goes by. A name that only repeats the symbol says little more than the symbol does: every name that
 * says more comes before it.
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

/** Says of an entry that there is another of its name, or which of several it is: so does every number. */
const EDITION =
  /(?<![\p{L}\p{N}])(?:old|new|legacy|classic|deprecated|former|formerly|prev|previous|migrated|inactive|wrapped|bridged|pegged|peg|staked|wormhole|ii|iii)(?![\p{L}\p{N}])|\p{N}+/gu;

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

/** What is left of its names without weak words and its own symbol, without gaps; with the weak words of each. */
function coreForms(listing: ReadEvidence): { readonly core: string; readonly weak: ReadonlySet<string> }[] {
  return [listing.name, listing.idName]
    .map((name) => {
      const words = name.split(' ').filter((word) => !listing.symbols.includes(word));
      const strong = words.filter((word) => !WEAK_WORDS.has(word)).join('');
      const glued = GLUED_GENERIC.exec(strong)?.[0];
      const weak = words.filter((word) => WEAK_WORDS.has(word));
      return { core: strong.replace(GLUED_GENERIC, ''), weak: new Set(glued ? [...weak, glued] : weak) };
    })
    .filter(({ core }) => isMoreThanSymbol(listing, core));
}

/** Whether names alike but for generic words are one: two different generic words are two names. */
export function genericWordsAgree(one: ReadEvidence, other: ReadEvidence): boolean {
  if (one.bare !== other.bare) return true;
  const [first, second] = [one.name.replaceAll(' ', ''), other.name.replaceAll(' ', '')];
  return first === second || first === one.bare || second === other.bare;
}

/** A form they share, in names or ids; null when there is none. */
export function sharedForm(one: ReadEvidence, other: ReadEvidence): string | null {
  if (!sameEdition(one, other) || !genericWordsAgree(one, other)) return null;
  const others = new Set([...wholeForms(other), other.bare, other.idBare]);
  const own = [...wholeForms(one), ...distinct(one, [one.bare, one.idBare])];
  return own.find((form) => others.has(form) && isMoreThanSymbol(other, form)) ?? null;
}

/** The same for what is left without weak words, where one of them has all that the other has. */
export function sharedCore(one: ReadEvidence, other: ReadEvidence): string | null {
  if (!sameEdition(one, other)) return null;
  const others = coreForms(other);
  const shared = coreForms(one).find(({ core, weak }) =>
    others.some((its) => its.core === core && (holds(weak, its.weak) || holds(its.weak, weak))),
  );
  return shared?.core ?? null;
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
  return [...name.matchAll(EDITION)].map(([word]) => word).join(' ');
}

function distinct(listing: ReadEvidence, forms: readonly string[]): string[] {
  return [...new Set(forms)].filter((form) => isMoreThanSymbol(listing, form));
}

function holds(words: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...others].every((word) => words.has(word));
}
