import { MONEY } from '../../record-reader.js';
import { RecordRefused } from '../../source-errors.js';
import { decimalMarks, readMoney, readPercent, readPrice, type DecimalMark } from './csv-cells.js';

const column = { index: 0, header: 'it', confidence: 1, doubtful: false };
const money = (cell: string, mark: DecimalMark | null = '.'): string | null =>
  readMoney(cell, column, MONEY, mark);
const reasonOf = (read: () => unknown): string => {
  try {
    return `read as ${String(read())}`;
  } catch (error) {
    if (error instanceof RecordRefused) return error.reason;
    throw error;
  }
};

it.each([
  ['$39,979.12', '39979.12'],
  ['US$26.247,60', '26247.6'],
  ['1,234', '1234'],
  ['0,123', '0.123'],
  ['12,5', '12.5'],
  ['2.84909E+11', '284909000000'],
  ['1.93e-05', '0.0000193'],
  ['$1.2B', '1200000000'],
  ['1.2 M', '1200000'],
  ['3,4 Mrd', '3400000000'],
  ['1 234 567,89', '1234567.89'],
  ['1\u00a0234', '1234'],
  ["1'234.50", '1234.5'],
  ['12,34,567.8', '1234567.8'],
  ['750,391,502,193', '750391502193'],
  ['0.0000000000000000038', '0.0000000000000000038'],
  ['.5', '0.5'],
  ['5 USD', '5'],
])('reads %s', (cell, digits) => {
  expect(money(cell)).toBe(digits);
});

it('reads dots and commas by the column where the cell does not tell', () => {
  expect([money('1,234', '.'), money('1,234', ','), money('1.234', '.'), money('1.234', ',')]).toEqual([
    '1234',
    '1.234',
    '1.234',
    '1234',
  ]);
  expect(reasonOf(() => money('1,234', null))).toBe('wrong_type');
  expect(money('1,234.5', null)).toBe('1234.5');
});

it.each(['', '$?', '-', '?', 'N/A', 'NaN', 'null', '—', '$-', '#N/A'])('takes %p for none', (cell) => {
  expect(money(cell)).toBeNull();
});

it.each([
  ['+2.01%', '2.01'],
  ['-0.02', '-0.02'],
  ['−0.02 %', '-0.02'],
  ['(1.5)', '-1.5'],
  ['▼ 3.1%', '-3.1'],
  ['▲3.1%', '3.1'],
  ['0.03', '0.03'],
])('reads the change %s', (cell, digits) => {
  expect(readPercent(cell, column, '.')).toBe(digits);
});

it('takes an amount in another unit for none, but never a price', () => {
  expect(money('960,017 BTC')).toBeNull();
  expect(readPercent('$5', column, '.')).toBeNull();
  for (const cell of ['€5', '5 BTC', 'R$ 5', '5%', '£5 USD'])
    expect(reasonOf(() => readPrice(cell, column, MONEY, '.'))).toBe('wrong_type');
});

it('reads of a doubtful column only what states its unit', () => {
  const doubtful = { ...column, doubtful: true };
  expect(readPercent('5', doubtful, '.')).toBeNull();
  expect(readPercent('5%', doubtful, '.')).toBe('5');
  expect(readPrice('$5', doubtful, MONEY, '.')).toBe('5');
  expect(reasonOf(() => readPrice('5', doubtful, MONEY, '.'))).toBe('wrong_type');
});

it.each([
  ['soon', 'wrong_type'],
  ['1.2.3', 'wrong_type'],
  ['1 2', 'wrong_type'],
  ['12 34.5', 'wrong_type'],
  ['-5', 'negative'],
  ['-$5', 'negative'],
  ['inf', 'not_finite'],
  ['9e999999999', 'out_of_range'],
  [`1${' '.repeat(60_000)}x`, 'wrong_type'],
])('refuses %#: %p', (cell, reason) => {
  expect(reasonOf(() => money(cell))).toBe(reason);
});

it('tells the decimal mark of each column, and by the page where a column does not show it', () => {
  expect(decimalMarks([['1.234', '5.678'], ['26.247,60'], []])).toEqual([',', ',', ',']);
  expect(decimalMarks([['1,234'], ['0.5', '2.25'], []])).toEqual(['.', '.', '.']);
  expect(decimalMarks([['1,234'], ['0.5'], ['0,5']])).toEqual([null, '.', ',']);
  expect(decimalMarks([['1,234']])).toEqual(['.']);
  expect(decimalMarks([[...Array.from({ length: 20 }, () => '0.5'), '0,5']])).toEqual(['.']);
});
