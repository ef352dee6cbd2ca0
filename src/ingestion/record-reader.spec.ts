import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import {
  MONEY,
  PERCENT,
  PRICE,
  asRecord,
  checkDecimal,
  readDecimal,
  readId,
  readRank,
  readText,
  readTimestamp,
  unknownIfZero,
} from './record-reader.js';
import { RecordRefused } from './source-errors.js';

const number = (text: string): LosslessNumber => new LosslessNumber(text);

/** Why reading was refused; fails the test when it wasn't, or when something else was thrown. */
function refusal(read: () => unknown): string {
  try {
    return `not refused: ${String(read())}`;
  } catch (error) {
    if (error instanceof RecordRefused) return error.reason;
    throw error;
  }
}

describe('a record', () => {
  it.each([[null], [undefined], ['text'], [7], [true], [['a list']], [number('7')]])(
    '%p is no object',
    (value) => {
      expect(refusal(() => asRecord(value))).toBe('not_an_object');
    },
  );

  it('is any other object', () => {
    expect(asRecord({ id: 'bitcoin' })).toEqual({ id: 'bitcoin' });
  });
});

describe('text', () => {
  it('is trimmed and composed', () => {
    expect(readText(' Cafe\u0301\u00a0', 'name', 256)).toBe('Caf\u00e9');
  });

  it('keeps emoji and other pairs of surrogates', () => {
    expect(readText('🍣 Sushi', 'name', 256)).toBe('🍣 Sushi');
  });

  it.each<[string, unknown]>([
    ['missing_field', undefined],
    ['missing_field', null],
    ['wrong_type', 5],
    ['wrong_type', number('5')],
    ['wrong_type', { a: 1 }],
    ['empty_text', ''],
    ['empty_text', ' \t\n '],
    ['text_too_long', 'x'.repeat(257)],
    ['control_character', 'bit\u0000coin'],
    ['control_character', 'bit\ncoin'],
    ['control_character', 'bit\u0085coin'],
    ['lone_surrogate', 'bit\ud800coin'],
    ['lone_surrogate', '\udc00'],
    ['reserved_id', '__proto__'],
    ['reserved_id', ' __proto__ '],
  ])('is refused as %s: %p', (reason, value) => {
    expect(refusal(() => readId(value, 'id'))).toBe(reason);
  });

  it('may be as long as allowed', () => {
    expect(readText('x'.repeat(100), 'symbol', 100)).toHaveLength(100);
    expect(refusal(() => readText('x'.repeat(101), 'symbol', 100))).toBe('text_too_long');
  });
});

describe('a decimal', () => {
  it.each([
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['3.8e-18', '0.0000000000000000038'],
    ['3.84E-18', '0.00000000000000000384'],
    ['2.84909E+11', '284909000000'],
    ['18943225.0', '18943225'],
    ['0.10', '0.1'],
    ['100', '100'],
    ['1.5e3', '1500'],
    ['12345e-2', '123.45'],
    ['-0', '0'],
    ['0e-999999', '0'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['007', '7'],
    ['1000000000000000', '1000000000000000'],
  ])('%s is written %s', (text, plain) => {
    expect(checkDecimal(text, 'price', PRICE)).toBe(plain);
  });

  it.each<[string, string]>([
    ['negative', '-1'],
    ['negative', '-1e-400'],
    ['out_of_range', '1e16'],
    ['out_of_range', '1e400'],
    ['out_of_range', '1e-400'],
    ['out_of_range', '1e999999999999'],
    ['out_of_range', '1e-999999999999'],
    ['out_of_range', `0.${'1'.repeat(61)}`],
    ['not_finite', 'NaN'],
    ['not_finite', '-Infinity'],
    ['wrong_type', ''],
    ['wrong_type', '.'],
    ['wrong_type', '1,5'],
    ['wrong_type', '0x10'],
    ['wrong_type', '1e'],
    ['wrong_type', ' 1'],
  ])('is refused as %s: %s', (reason, text) => {
    expect(refusal(() => checkDecimal(text, 'price', PRICE))).toBe(reason);
  });

  it('may be negative where it is a change, but not below losing all', () => {
    expect(checkDecimal('-98.64', 'change', PERCENT)).toBe('-98.64');
    expect(checkDecimal('-100', 'change', PERCENT)).toBe('-100');
    expect(refusal(() => checkDecimal('-100.01', 'change', PERCENT))).toBe('out_of_range');
  });

  it('comes from a number of either parser, never from text', () => {
    expect(readDecimal(number('44456.514304206'), 'price', PRICE)).toBe('44456.514304206');
    expect(readDecimal(3.8e-18, 'price', PRICE)).toBe('0.0000000000000000038');
    expect(refusal(() => readDecimal('1.5', 'price', PRICE))).toBe('wrong_type');
    expect(refusal(() => readDecimal(true, 'price', PRICE))).toBe('wrong_type');
    expect(refusal(() => readDecimal(NaN, 'price', PRICE))).toBe('not_finite');
    expect(refusal(() => readDecimal(Infinity, 'price', PRICE))).toBe('not_finite');
  });

  it('is null where there is none, and 0 only where 0 was said', () => {
    expect(readDecimal(null, 'price', PRICE)).toBeNull();
    expect(readDecimal(undefined, 'price', PRICE)).toBeNull();
    expect(readDecimal(number('0'), 'volume', MONEY)).toBe('0');
    expect(unknownIfZero('0')).toBeNull();
    expect(unknownIfZero('0.1')).toBe('0.1');
    expect(unknownIfZero(null)).toBeNull();
  });

  it('has the value of its source, whatever its exponent', () => {
    const digits = fc.stringMatching(/^[0-9]{1,20}$/);
    fc.assert(
      fc.property(digits, digits, fc.integer({ min: -20, max: 15 }), (whole, fraction, exponent) => {
        const plain = checkDecimal(`${whole}.${fraction}e${exponent}`, 'x', { min: 0, max: 1e60 });
        expect(plain).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
        const [head = '', tail = ''] = plain.split('.');
        const scaled = BigInt(head + tail.padEnd(60, '0'));
        expect(scaled).toBe(BigInt(whole + fraction) * 10n ** BigInt(60 - fraction.length + exponent));
      }),
    );
  });
});

describe('a rank', () => {
  it.each<[number | null, unknown]>([
    [1, number('1')],
    [12, 12],
    [3, number('3.0')],
    [null, number('0')],
    [null, null],
    [null, undefined],
  ])('is %p for %p', (rank, value) => {
    expect(readRank(value, 'rank')).toBe(rank);
  });

  it.each<[string, unknown]>([
    ['negative', -1],
    ['wrong_type', 1.5],
    ['wrong_type', '1'],
    ['out_of_range', 1e10],
    ['not_finite', NaN],
  ])('is refused as %s: %p', (reason, value) => {
    expect(refusal(() => readRank(value, 'rank'))).toBe(reason);
  });
});

describe('a time', () => {
  it.each([
    ['2026-11-01T11:58:03Z', '2026-11-01T11:58:03.000Z'],
    ['2026-11-01T11:58:03.247Z', '2026-11-01T11:58:03.247Z'],
    ['2026-11-01T13:58:03+02:00', '2026-11-01T11:58:03.000Z'],
    ['2026-11-01 11:58:03', '2026-11-01T11:58:03.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-02T11:59:59Z', '2026-11-02T11:59:59.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(readTimestamp(text, 'last_updated')?.toISOString()).toBe(iso);
  });

  it('is null where there is none', () => {
    expect(readTimestamp(null, 'last_updated')).toBeNull();
    expect(readTimestamp(undefined, 'last_updated')).toBeNull();
  });

  it.each<[string, unknown]>([
    ['wrong_type', 1_793_534_283],
    ['bad_timestamp', ''],
    ['bad_timestamp', 'yesterday'],
    ['bad_timestamp', '2026-02-31T00:00:00Z'],
    ['bad_timestamp', '2026-13-01T00:00:00Z'],
    ['bad_timestamp', '2026-11-01T25:00:00Z'],
    ['bad_timestamp', '0001-01-01T00:00:00Z'],
    ['bad_timestamp', '1970-01-01T00:00:00Z'],
  ])('is refused as %s: %p', (reason, value) => {
    expect(refusal(() => readTimestamp(value, 'last_updated'))).toBe(reason);
  });
});
