import { NAME_LENGTH, readId, readText, SYMBOL_LENGTH } from '../../record-reader.js';
import type { ListingRecord } from '../../source-adapter.js';
import { RecordRefused } from '../../source-errors.js';
import type { Field } from './csv-header-phrases.js';
import type { Columns } from './csv-headers.js';

/** Who a row is about. Files name coins by id, by URL, by name and symbol, or by two of them in one cell. */

type Asset = Pick<ListingRecord, 'sourceCoinId' | 'symbol' | 'name'>;
type CellOf = (field: Field) => unknown;

const TICKER = /^[A-Z0-9$.]{2,12}$/;
const NAME_AND_TICKER = /^(.+?)\s*\(([A-Z0-9$.]{2,12})\)$/;
/** The part of a coin's URL before its slug: `/currencies/bitcoin/`, `/en/coins/bitcoin`. */
const COLLECTION = /^(?:coins?|currenc(?:y|ies)|cryptocurrenc(?:y|ies)|prices?|assets?|tokens?)$/;

/** A column that is there must have its cell: else the coin would change its id when the cell is filled. */
export function readAsset(columns: Columns, cell: CellOf): Asset {
  const { id: idColumn, symbol: symbolColumn, name: nameColumn } = columns;
  const given = idColumn ? readId(cell('id'), idColumn.header) : null;
  // A row's running number, or a catalogue's: not the same from one export to the next.
  const id = given === null || /^\d+$/.test(given) ? slugInUrl(cell('url')) : given;

  if (symbolColumn && nameColumn) {
    const symbol = readText(asOneLine(cell('symbol')), symbolColumn.header, SYMBOL_LENGTH);
    const name = readText(nameBeside(symbol, cell('name')), nameColumn.header, NAME_LENGTH);
    return { sourceCoinId: readId(id ?? `${slugOf(name)}-${slugOf(symbol)}`, 'id'), symbol, name };
  }
  const header = (nameColumn ?? symbolColumn)?.header ?? 'name';
  const [whole, ticker] = parted(cell(nameColumn ? 'name' : 'symbol'), header);
  const symbol = readText(ticker ?? whole, header, SYMBOL_LENGTH);
  const name = readText(ticker === null ? nameFromSlug(symbol, id) : whole, header, NAME_LENGTH);
  // A single text twice: `link-link`, so that it is no other file's id `link`.
  return { sourceCoinId: readId(id ?? `${slugOf(name)}-${slugOf(symbol)}`, 'id'), symbol, name };
}

/** `Bitcoin⏎BTC` and `Bitcoin (BTC)` are name and symbol; a single text is both. */
function parted(cell: unknown, header: string): [name: unknown, symbol: string | null] {
  if (typeof cell !== 'string') return [cell, null];
  const [first = '', second, ...others] = linesOf(cell);
  if (others.length > 0)
    throw new RecordRefused('wrong_type', `${header} has more than a name and a symbol`, header);
  if (second !== undefined) return [first, second];
  // Cut, as the pattern is slow on what is far too long to be a name.
  const [, name, symbol] = NAME_AND_TICKER.exec(first.slice(0, 2 * NAME_LENGTH)) ?? [];
  if (name !== undefined && symbol !== undefined) return [name, symbol];
  return [first, null];
}

/** The name in a cell that may repeat the symbol on a line of its own. */
function nameBeside(symbol: string, cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  const lines = linesOf(cell);
  const names = lines.filter((line) => line.toLowerCase() !== symbol.toLowerCase());
  return (names.length > 0 ? names : lines.slice(0, 1)).join(' ');
}

/** Where a column of names holds symbols, the id or the URL has the name: `usd-coin` is `Usd Coin`. */
function nameFromSlug(text: string, slug: string | null): string {
  if (slug === null || !TICKER.test(text) || slug === slugOf(text) || !/^[a-z][a-z0-9-]*$/.test(slug))
    return text;
  return slug
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}

function slugInUrl(url: unknown): string | null {
  // Only the path matters; the base serves those without a host.
  if (typeof url !== 'string' || !URL.canParse(url, 'https://csv')) return null;
  const parts = new URL(url, 'https://csv').pathname.split('/').filter(Boolean);
  const before = parts.findIndex((part, index) => COLLECTION.test(part) && index + 1 < parts.length);
  return before < 0 ? null : (parts[before + 1] ?? null);
}

/**
 * Letters and digits of any script, joined by `-`. Other characters are spelt out, so that `USD` and `USD+` stay
 * two coins.
 */
function slugOf(text: string): string {
  const spelt = text.normalize('NFKC').toLowerCase().trim();
  const slug = spelt
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\s\-_.,'’()]/gu, (character) => `u${hex(character)}`)
    .replace(/[^\p{Letter}\p{Mark}\p{Number}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return slug || text.replace(/./gsu, (character) => `u${hex(character)}`);
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

function linesOf(cell: string): string[] {
  return cell
    .split(/[\r\n]+/)
    .map(oneLine)
    .filter(Boolean);
}

function asOneLine(cell: unknown): unknown {
  return typeof cell === 'string' ? oneLine(cell) : cell;
}

function oneLine(text: string): string {
  return text.replace(/[\t\n\v\f\r ]+/g, ' ').trim();
}
