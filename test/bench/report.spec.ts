import type { Row } from './goals.js';
import { single } from './measured.js';
import { reportOf, tableOf, verdictOn } from './report.js';

const row: Row = { key: 'ours / limit', what: 'ours beside the limit', unit: 'ratio' };

describe('a verdict', () => {
  it.each([
    [{ atLeast: 0.5 }, 0.5, 'met'],
    [{ atLeast: 0.5 }, 0.499, 'MISSED'],
    [{ atMost: 2 }, 2, 'met'],
    [{ atMost: 2 }, 2.001, 'MISSED'],
    [{}, 0, ''],
  ])('%p of %p is %p', (goal, value, verdict) => {
    expect(verdictOn({ ...row, ...goal }, single(value))).toBe(verdict);
  });

  it('is a miss where nothing was measured, or no number', () => {
    expect(verdictOn({ ...row, atMost: 2 }, undefined)).toBe('MISSED');
    expect(verdictOn({ ...row, atMost: 2 }, single(NaN))).toBe('MISSED');
    expect(verdictOn(row, undefined)).toBe('');
  });
});

describe('a table', () => {
  it('has a line for every row, measured or not', () => {
    const rows = [
      { ...row, atLeast: 0.5 },
      { ...row, key: 'rate', what: 'ours', unit: 'requests/s' as const },
      { ...row, key: 'lost', what: '  lost', atMost: 1.5 },
    ];
    const measured = new Map([
      [
        'ours / limit',
        { spread: { median: 0.613, least: 0.6, most: 0.7, rounds: [0.6, 0.613, 0.7] }, note: 'as said' },
      ],
      ['rate', single(12_345.6)],
    ]);
    expect(tableOf('Reading', reportOf('reading', { title: 'Reading', rows }, measured)).split('\n')).toEqual(
      [
        '## Reading',
        '',
        '|                                 |     measured |   from … to |   goal |        |',
        '| ------------------------------- | -----------: | ----------: | -----: | -----: |',
        '| ours beside the limit (as said) |       0.61 × | 0.60 … 0.70 | ≥ 0.50 |    met |',
        '| ours                            |     12 346/s |             |        |        |',
        '| … lost                          | not measured |             | ≤ 1.50 | MISSED |',
        '',
      ],
    );
  });
});
