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

/**
 * The id of a new coin, for URLs: lower-case ASCII letters, digits and hyphens, at most 100, never empty. From its
 * name where that is free, else with its symbol, else with its source and id there. `taken` is asked in that order.
 */
export function coinSlug(
  listing: Pick<ListingEvidence, 'source' | 'sourceCoinId' | 'symbol' | 'name'>,
  taken: (slug: string) => boolean,
): string {
  const [name, symbol] = [slugOf(listing.name), slugOf(listing.symbol)];
  const origin = `${slugOf(listing.source)}-${slugOfId(listing.sourceCoinId)}`;
  const titled = name === symbol ? name : joined(name, symbol);
  const candidates = [
    // Of a name in two scripts a part would remain, and that part may be another coin's whole name.
    isLatin(listing.name) ? name : '',
    symbol === '' ? '' : titled,
    joined(titled, origin),
  ];
  const free = (slug: string): boolean => slug !== '' && !RESERVED.has(slug) && !taken(slug);
  const found = candidates.find(free);
  if (found !== undefined) return found;
  for (let number = 2; ; number += 1) {
    const numbered = joined(origin, String(number));
    if (free(numbered)) return numbered;
  }
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
