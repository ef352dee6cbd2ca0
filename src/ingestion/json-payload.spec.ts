import { LosslessNumber } from 'lossless-json';
import { parseJson, parseJsonList } from './json-payload.js';
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

it('keeps every digit', () => {
  expect(read('[0.1234567890123456789, 3.84E-18, 123456789012345678901]')).toEqual([
    new LosslessNumber('0.1234567890123456789'),
    new LosslessNumber('3.84E-18'),
    new LosslessNumber('123456789012345678901'),
  ]);
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
