import { parse } from 'lossless-json';
import { SourcePayloadInvalid } from './source-errors.js';

/** Deeper than anything a source says, and far from what the stack or PostgreSQL's `jsonb` can take. */
const MOST_NESTING = 64;
const SHOWN_CHARACTERS = 80;

/**
 * Reads a JSON body. Numbers are `LosslessNumber`s with every digit of the source, objects have no inherited
 * surprises (`__proto__` is a field like any other), and of a field said twice the last one counts, as in
 * `JSON.parse`. Throws `SourcePayloadInvalid`; `what` names the answer in its message.
 */
export function parseJson(body: Buffer, what: string): unknown {
  const text = new TextDecoder('utf-8').decode(body);
  const start = text.trimStart();
  if (start === '') throw new SourcePayloadInvalid(`${what}: the answer is empty`);
  if (start.startsWith('<')) throw new SourcePayloadInvalid(`${what}: HTML instead of JSON: ${shown(start)}`);
  if (!/^["[{\d\-tfn]/.test(start))
    throw new SourcePayloadInvalid(`${what}: text instead of JSON: ${shown(start)}`);
  const nesting = nestingOf(text);
  // A million brackets would end the parser's stack; counting them needs none.
  if (nesting.most > MOST_NESTING)
    throw new SourcePayloadInvalid(`${what}: nested more than ${MOST_NESTING} deep: ${shown(start)}`);
  try {
    return parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
  } catch (cause) {
    const broken = nesting.open > 0 ? 'cut off' : 'broken JSON';
    throw new SourcePayloadInvalid(`${what}: ${broken} after ${body.length} bytes: ${shown(start)}`, {
      cause,
    });
  }
}

/** As `parseJson`, for an answer that must be a list. */
export function parseJsonList(body: Buffer, what: string): readonly unknown[] {
  const value = parseJson(body, what);
  if (Array.isArray(value)) return value as readonly unknown[];
  const start = new TextDecoder('utf-8').decode(body.subarray(0, 4 * SHOWN_CHARACTERS)).trimStart();
  throw new SourcePayloadInvalid(`${what}: not a list: ${shown(start)}`);
}

/** How deep the brackets outside of strings go, and how many are open at the end (an open string counts). */
function nestingOf(text: string): { most: number; open: number } {
  let open = 0;
  let most = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x5b: // [
      case 0x7b: // {
        if (++open > most) most = open;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        open--;
        break;
      case 0x22: // "
        at = endOfString(text, at);
        if (at === -1) return { most, open: open + 1 };
    }
  }
  return { most, open };
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

function shown(start: string): string {
  const line = start
    .slice(0, 4 * SHOWN_CHARACTERS)
    .replace(/[\p{Control}\p{Format}\p{Surrogate}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line);
}
