import fc from 'fast-check';
import { LosslessNumber, parse, stringify } from 'lossless-json';
import { parseJson, parseJsonList } from './json-payload.js';
import { readDecimal } from './record-reader.js';
import { SourcePayloadInvalid } from './source-errors.js';

const read = (text: string): unknown => parseJson(Buffer.from(text), 'markets');

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SourcePayloadInvalid) return error.message;
    throw error;
  }
  return 'no complaint';
}

it('keeps every digit, in a number where a double holds them all', () => {
  expect(
    read(
      '[12.5, 3.84E-18, 0.1234567890123456789, 123456789012345678901, 1e-400, 1E+400, -0.000000000000001]',
    ),
  ).toEqual([
    12.5,
    3.84e-18,
    new LosslessNumber('0.1234567890123456789'),
    new LosslessNumber('123456789012345678901'),
    new LosslessNumber('1e-400'),
    new LosslessNumber('1E+400'),
    -0.000000000000001,
  ]);
});

it('says of any number what a parser made for it says', () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?$/);
  const plain = (value: unknown): string | null => readDecimal(value, 'x', { min: -1e300, max: 1e300 });
  const outcome = (value: unknown): string => {
    try {
      return String(plain(value));
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(digits, fc.boolean()), { maxLength: 8 }), (numbers) => {
      const body = JSON.stringify({ text: numbers.join() }).replace(
        '}',
        `,"list":[${numbers.map(([text, negative]) => (negative ? '-' : '') + text).join()}]}`,
      );
      const ours = read(body) as { list: unknown[] };
      const theirs = parse(body) as { list: LosslessNumber[] };
      const normal = (value: unknown): string => outcome(value).replace(/: [^:]*$/, '');
      expect(ours.list.map(normal)).toEqual(theirs.list.map(normal));
    }),
  );
});

it('finds them at any depth, and not in text', () => {
  const body = '{"a":[{"__proto__":1.00000000000000001,"b":"[1.00000000000000001"}],"c":true}';
  expect(stringify(read(body))).toBe(body);
});

it('reads a body with a byte-order mark, escapes and brackets in text', () => {
  const tricky = { text: `[[[${'{'.repeat(200)} \\ " \\"`, next: '\\' };
  expect(read(`\ufeff ${JSON.stringify(tricky)}`)).toEqual(tricky);
});

it('takes __proto__ for a field like any other', () => {
  const value = read('{"__proto__": {"polluted": "yes"}, "id": "a"}') as Record<string, unknown>;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.keys(value)).toEqual(['__proto__', 'id']);
  expect('polluted' in {}).toBe(false);
});

it('takes the last of a field said twice', () => {
  expect(read('{"id": "a", "id": "b"}')).toEqual({ id: 'b' });
});

it.each([
  ['', /the answer is empty/],
  [' \n', /the answer is empty/],
  [
    '<!DOCTYPE html>\n\n <html>\n<title>Access denied</title>',
    /HTML instead of JSON: "<!DOCTYPE html> <html> <title>/,
  ],
  ['Throttled', /text instead of JSON: "Throttled"/],
  ['error code: 1015', /text instead of JSON: "error code: 1015"/],
  ['[{"id": "bitcoin", "price": 1', /cut off after 29 bytes/],
  ['[{"id": "bitc', /cut off/],
  ['[{"id": "bitcoin\\"}]', /cut off/],
  ['[1,]', /broken JSON/],
  ['[01.0000000000000000001]', /broken JSON/],
  ['[1.0000000000000000001.2]', /broken JSON/],
  ['[1] [2]', /broken JSON/],
  ['[NaN]', /broken JSON/],
  ['['.repeat(1_000_000), /nested more than 64 deep/],
  ['{"a":'.repeat(1_000_000), /nested more than 64 deep/],
  [`${'['.repeat(65)}${']'.repeat(65)}`, /nested more than 64 deep/],
])('refuses body %#', (body, message) => {
  expect(complaint(() => read(body))).toMatch(message);
  expect(complaint(() => read(body))).toMatch(/^markets: /);
});

it('shows only the clean beginning of what it refuses', () => {
  const message = complaint(() => read(`<html>\u0000\u001b[31m\u202e${'x'.repeat(5000)}`));
  expect(message).not.toMatch(/[\p{Control}\p{Format}]/u);
  expect(message.length).toBeLessThan(150);
});

it('names the cause', () => {
  expect(() => read('[1,]')).toThrow(
    expect.objectContaining({ cause: expect.any(SyntaxError) as unknown }) as Error,
  );
});

it('wants a list where the source has one', () => {
  expect(parseJsonList(Buffer.from('[]'), 'markets')).toEqual([]);
  expect(complaint(() => parseJsonList(Buffer.from('{"error":"coin not found"}'), 'markets'))).toMatch(
    /markets: not a list: .*coin not found/,
  );
});

it('reads one body once, however often it is asked for its list', () => {
  const body = Buffer.from('[{"id":"a"}]');
  const list = parseJsonList(body, 'markets');
  expect(parseJsonList(body, 'markets')).toBe(list);
  expect(parseJsonList(Buffer.from(body), 'markets')).toEqual(list);
});
