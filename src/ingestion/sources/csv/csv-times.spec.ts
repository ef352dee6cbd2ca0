import { RecordRefused } from '../../source-errors.js';
import { dateOrder, readTime, undecidedDates } from './csv-times.js';

it.each([
  ['2026-10-31T12:00:00Z', '2026-10-31T12:00:00.000Z'],
  ['2026-10-31 12:00:00', '2026-10-31T12:00:00.000Z'],
  ['2026-10-31 12:00:00.123456+00', '2026-10-31T12:00:00.123Z'],
  ['2026-10-31 9:05 UTC', '2026-10-31T09:05:00.000Z'],
  ['2026-10-31', '2026-10-31T00:00:00.000Z'],
  ['2026/1/3', '2026-01-03T00:00:00.000Z'],
  ['20261031', '2026-10-31T00:00:00.000Z'],
  ['31.10.2026', '2026-10-31T00:00:00.000Z'],
  ['10/31/2026', '2026-10-31T00:00:00.000Z'],
  ['31/10/2026 08:00', '2026-10-31T08:00:00.000Z'],
  ['10/31/2026 1:00 PM', '2026-10-31T13:00:00.000Z'],
  ['10/31/2026 12:05:09 am', '2026-10-31T00:05:09.000Z'],
  ['2026-10-31, 12:00 p.m. UTC', '2026-10-31T12:00:00.000Z'],
  ['31. October 2026', '2026-10-31T00:00:00.000Z'],
  ['1512549554', '2017-12-06T08:39:14.000Z'],
  ['1512549554.0', '2017-12-06T08:39:14.000Z'],
  ['1512549554123', '2017-12-06T08:39:14.123Z'],
  ['1512549554123456', '2017-12-06T08:39:14.123Z'],
  ['Dec 6, 2017', '2017-12-06T00:00:00.000Z'],
  ['6 December 2017 10:00', '2017-12-06T10:00:00.000Z'],
  ['Wed, 06 Dec 2017 10:00:00 GMT', '2017-12-06T10:00:00.000Z'],
])('reads %s', (cell, iso) => {
  expect(readTime(cell, 'date', null)?.toISOString()).toBe(iso);
});

it.each([null, '', '-', 'NaT', '03/04/2021', '1.51255E+09'])('takes %p for none', (cell) => {
  expect(readTime(cell, 'date', null)).toBeNull();
});

it.each(['yesterday', '2026-02-30', '31.02.2026', '44404.5', '1.1.1970', '10/31/2026 13:00 PM', '10/31/26'])(
  'refuses %s',
  (cell) => {
    expect(() => readTime(cell, 'date', null)).toThrow(RecordRefused);
  },
);

it('quotes what it refuses as it is written', () => {
  expect(() => readTime('31/10/2026 25:00', 'date', null)).toThrow('date is not a time: "31/10/2026 25:00"');
});

it.each([
  ['31/10/2026', '2026-11-05T00:00:00.000Z'],
  ['31.10.2026', '2026-11-05T00:00:00.000Z'],
  ['10/31/2026', '2026-05-11T00:00:00.000Z'],
])('reads 05/11/2026 as the column has %s', (telling, iso) => {
  const order = dateOrder(['', '05/11/2026', '04/04/2026', '2026-10-31', telling]);
  expect(readTime('05/11/2026', 'date', order)?.toISOString()).toBe(iso);
  // What tells by itself is not put in doubt by the others.
  expect(readTime('12/31/2025', 'date', order)?.toISOString()).toBe('2025-12-31T00:00:00.000Z');
  expect(readTime('31/12/2025', 'date', order)?.toISOString()).toBe('2025-12-31T00:00:00.000Z');
  expect(undecidedDates(['05/11/2026', telling])).toEqual([]);
});

it('does not guess where a column has both orders, or none', () => {
  expect(dateOrder(['31/10/2026', '10/31/2026'])).toBeNull();
  expect(dateOrder(['04/04/2026', '2026-10-31'])).toBeNull();
  expect(undecidedDates(['31/10/2026', '10/31/2026', '04/04/2026', '5/11/2026 10:00', '2026-10-31'])).toEqual(
    ['5/11/2026 10:00'],
  );
});
