import { LosslessNumber } from 'lossless-json';
import { randomUUID } from 'node:crypto';
import { SourcePayloadInvalid } from './source-errors.js';

/** Deeper than anything a source says, and far from what the stack or PostgreSQL's `jsonb` can take. */
const MOST_NESTING = 64;
const SHOWN_CHARACTERS = 80;

/** Any decimal of so many significant digits comes back from a double as it went in. */
const DIGITS_OF_A_DOUBLE = 15;
const EXPONENT_OF_A_DOUBLE = 200;
const JSON_NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Stands before digits that a double can't hold. Nobody else can know it, so no text of a source has it. */
const EXACT = `${randomUUID()}:`;

/**
 * Reads a JSON body. A number is a `number` where a double holds its every digit, else a `LosslessNumber`;
 * `__proto__` is a field like any other; of a field said twice the last one counts. Throws
 * `SourcePayloadInvalid`; `what` names the answer in its message.
 *
 * The work is `JSON.parse`'s: payloads have several MB, and a parser written in JavaScript holds up the event
 * loop, and with it the API, several times as long.
 */
export function parseJson(body: Buffer, what: string): unknown {
  const text = new TextDecoder('utf-8').decode(body);
  const start = text.trimStart();
  if (start === '') throw new SourcePayloadInvalid(`${what}: the answer is empty`);
  if (start.startsWith('<')) throw new SourcePayloadInvalid(`${what}: HTML instead of JSON: ${shown(start)}`);
  if (!/^["[{\d\-tfn]/.test(start))
    throw new SourcePayloadInvalid(`${what}: text instead of JSON: ${shown(start)}`);
  const scanned = scan(text);
  if (scanned.nesting > MOST_NESTING)
    throw new SourcePayloadInvalid(`${what}: nested more than ${MOST_NESTING} deep: ${shown(start)}`);
  let value: unknown;
  try {
    value = JSON.parse(scanned.marked ?? text);
  } catch (cause) {
    const broken = scanned.open > 0 ? 'cut off' : 'broken JSON';
    throw new SourcePayloadInvalid(`${what}: ${broken} after ${body.length} bytes: ${shown(start)}`, {
      cause,
    });
  }
  return scanned.marked === null ? value : unmarked(value);
}

/** The lists of the bodies in use: an adapter looks at an answer while it fetches, and again to open its page. */
const LISTS = new WeakMap<Buffer, readonly unknown[]>();

/** As `parseJson`, for an answer that must be a list. */
export function parseJsonList(body: Buffer, what: string): readonly unknown[] {
  const known = LISTS.get(body);
  if (known) return known;
  const value = parseJson(body, what);
  if (Array.isArray(value)) {
    LISTS.set(body, value);
    return value;
  }
  const start = new TextDecoder('utf-8').decode(body.subarray(0, 4 * SHOWN_CHARACTERS)).trimStart();
  throw new SourcePayloadInvalid(`${what}: not a list: ${shown(start)}`);
}

interface Scan {
  /** How deep the brackets outside of strings go. */
  readonly nesting: number;
  /** Brackets and strings that are open at the end. */
  readonly open: number;
  /** The text with each number that a double can't hold as a marked string; null where there is none. */
  readonly marked: string | null;
}

/** One look at every character outside of strings, without a stack that a million brackets could end. */
function scan(text: string): Scan {
  let open = 0;
  let nesting = 0;
  let marked = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22 /* " */) {
      at = endOfString(text, at);
      if (at === -1) return { nesting, open: open + 1, marked: null };
    } else if (code === 0x5b /* [ */ || code === 0x7b /* { */) {
      if (++open > nesting) nesting = open;
    } else if (code === 0x5d /* ] */ || code === 0x7d /* } */) {
      open--;
    } else if (isOfNumber(code)) {
      let end = at + 1;
      while (isOfNumber(text.charCodeAt(end))) end++;
      const digits = text.slice(at, end);
      if (isBeyondDouble(digits)) {
        marked += `${text.slice(copied, at)}"${EXACT}${digits}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return { nesting, open, marked: copied === 0 ? null : marked + text.slice(copied) };
}

/** Digits, sign, point and exponent; the `e` of `true` and `false` does no harm. */
function isOfNumber(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e /* . */ ||
    code === 0x2d /* - */ ||
    code === 0x2b /* + */ ||
    code === 0x45 /* E */ ||
    code === 0x65 /* e */
  );
}

/** False for what is no number at all: `JSON.parse` shall refuse it. */
function isBeyondDouble(digits: string): boolean {
  if (digits.length <= DIGITS_OF_A_DOUBLE && !/e/i.test(digits)) return false;
  const match = JSON_NUMBER.exec(digits);
  if (!match) return false;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const significant = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '').length;
  return significant > DIGITS_OF_A_DOUBLE || Math.abs(Number(exponent)) > EXPONENT_OF_A_DOUBLE;
}

/** Where the string that opens at `at` closes; -1 if it doesn't. */
function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/** Puts the exact numbers where their marks are; the objects are fresh from the parser and nobody else's. */
function unmarked(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith(EXACT) ? new LosslessNumber(value.slice(EXACT.length)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const field of Object.keys(fields)) {
    const before = fields[field];
    const after = unmarked(before);
    // Defined, not assigned: assigning `__proto__` would change the prototype.
    if (after !== before)
      Object.defineProperty(fields, field, {
        value: after,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return value;
}

function shown(start: string): string {
  const line = start
    .slice(0, 4 * SHOWN_CHARACTERS)
    .replace(/[\p{Control}\p{Format}\p{Surrogate}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line);
}
