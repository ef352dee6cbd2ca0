import { createHash } from 'node:crypto';
import type { ListingEvidence } from './listing-evidence.js';

const MOST_CHARACTERS = 100;
const MOST_OF_AN_ID = 40;

/** Read as something else than a coin by programs, or wanted for a path of their own below `/coins`. */
const RESERVED: ReadonlySet<string> = new Set([
  'all',
  'constructor',
  'false',
  'index',
  'infinity',
  'nan',
  'new',
  'none',
  'null',
  'prototype',
  'search',
  'true',
  'undefined',
]);

type Named = Pick<ListingEvidence, 'source' | 'sourceCoinId' | 'symbol' | 'name'>;

/**
 * The id of a new coin, for URLs: lower-case ASCII letters, digits and hyphens, at most 100, never empty. From its
 * name where that is free, else with its symbol, else with its source and id there. `taken` is asked in that order.
 */
export function coinSlug(listing: Named, taken: (slug: string) => boolean): string {
  return slugChoice(listing)(taken);
}

/** The same, to be asked more than once: what a listing can be called is worked out only as far as it is needed. */
export function slugChoice(listing: Named): (taken: (slug: string) => boolean) => string {
  const wishes = slugs(listing);
  const known: string[] = [];
  return (taken) => {
    for (let at = 0; ; at += 1) {
      const slug = known[at] ?? wishes.next().value;
      known[at] = slug;
      if (slug !== '' && !RESERVED.has(slug) && !taken(slug)) return slug;
    }
  };
}

/** Most coins take the first. */
function* slugs(listing: Named): Generator<string, never> {
  const name = slugOf(listing.name);
  // Of a name in two scripts a part would remain, and that part may be another coin's whole name.
  if (isLatin(listing.name)) yield name;
  const symbol = slugOf(listing.symbol);
  const titled = name === symbol ? name : joined(name, symbol);
  if (symbol !== '') yield titled;
  const origin = `${slugOf(listing.source)}-${slugOfId(listing.sourceCoinId)}`;
  yield joined(titled, origin);
  for (let number = 2; ; number += 1) yield joined(origin, String(number));
}

function slugOf(text: string): string {
  return ascii(text)
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, MOST_CHARACTERS)
    .replace(/-$/, '');
}

/** Ids differ in what a slug drops or cuts off; their digest tells them apart. */
function slugOfId(id: string): string {
  const slug = slugOf(id);
  if (slug === id && slug.length <= MOST_OF_AN_ID) return slug;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return joined(slug.slice(0, MOST_OF_AN_ID).replace(/-$/, ''), digest);
}

function isLatin(name: string): boolean {
  return !/[\p{L}\p{N}]/u.test(ascii(name).replace(/[a-z0-9]/g, ''));
}

function ascii(text: string): string {
  return text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
}

/** The end is what tells slugs apart: it is the beginning that is shortened. */
function joined(head: string, tail: string): string {
  const room = MOST_CHARACTERS - tail.length - 1;
  return [head.slice(0, Math.max(room, 0)).replace(/-$/, ''), tail].filter((part) => part !== '').join('-');
}
