import fc from 'fast-check';
import { MAX_ROW_BYTES, splitRows, type Layout, type Split } from './csv-rows.js';

const COMMA: Layout = { delimiter: ',', newline: '\n' };
const split = (text: string | Buffer, complete = true, layout = COMMA): Split =>
  splitRows(Buffer.from(text), layout, complete);
const cellsOf = (text: string | Buffer, layout = COMMA): unknown[] =>
  split(text, true, layout).rows.map(({ cells }) => cells);

it('reads quotes, line breaks in them, blank lines and both line ends', () => {
  expect(cellsOf('a,"b\nB"\r\n\r\n\n"c ""x""", "d,e"\nf,')).toEqual([
    ['a', 'b\nB'],
    ['c "x"', 'd,e'],
    ['f', ''],
  ]);
});

it('keeps empty cells between tabs', () => {
  expect(cellsOf('a\t\tc\n\tb\t', { delimiter: '\t', newline: '\n' })).toEqual([
    ['a', '', 'c'],
    ['', 'b', ''],
  ]);
});

it('reads the line ends of old Macs', () => {
  expect(cellsOf('a,b\rc,d\r', { delimiter: ',', newline: '\r' })).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

it('decides each cell’s encoding by its own bytes', () => {
  const bytes = Buffer.concat([
    Buffer.from('Karşıyaka à,'),
    Buffer.from([0x46, 0xfc, 0x72, 0x20, 0x80]),
    Buffer.from('\n'),
  ]);
  expect(cellsOf(bytes)).toEqual([['Karşıyaka à', 'Für €']]);
});

it('loses one line to a quote that is never closed', () => {
  const rest = Array.from({ length: 20_000 }, (_, index) => `coin${index},C${index},1`).join('\n');
  const { rows } = split(`a,b,c\n"bit,BTC,1\n${rest}\n`);
  expect(rows).toHaveLength(20_002);
  expect(rows[1]?.cells).toBeNull();
  expect(rows[2]?.cells).toEqual(['coin0', 'C0', '1']);
});

it('trims white space and nothing else', () => {
  expect(cellsOf('(1.5), "a,b",\u00a0c\u00a0,_d,/e,à\n')).toEqual([['(1.5)', 'a,b', 'c', '_d', '/e', 'à']]);
});

it('takes quotes inside a cell for what they are', () => {
  expect(cellsOf('5" nail,N,1\n"Foo" Coin,F,2\n"x" ,X,3\n')).toEqual([
    ['5" nail', 'N', '1'],
    ['"Foo" Coin', 'F', '2'],
    ['x', 'X', '3'],
  ]);
});

it('waits for the end of a row unless there is none', () => {
  expect(split('a,b\nc,"d\n', false)).toMatchObject({
    rows: [{ cells: ['a', 'b'] }],
    end: 4,
    tooLong: false,
  });
  expect(split('a,b\nc,d', false)).toMatchObject({ rows: [{ cells: ['a', 'b'] }], end: 4 });
  expect(split('a,b\nc,d').rows).toHaveLength(2);
});

it('waits for the other half of a line end that follows a closing quote', () => {
  const bytes = Buffer.from('"a\nA"\r\nb\r\n');
  expect(split(bytes.subarray(0, 6), false)).toEqual({ rows: [], end: 0, tooLong: false });
  expect(cellsOf(bytes)).toEqual([['a\nA'], ['b']]);
});

it('says when a line is too long to wait for', () => {
  for (const long of ['x'.repeat(MAX_ROW_BYTES + 10), ','.repeat(MAX_ROW_BYTES + 10)])
    expect(split(`a,b\n${long}`, false)).toMatchObject({
      rows: [{ cells: ['a', 'b'] }],
      end: 4,
      tooLong: true,
    });
});

it('gives the same rows wherever the bytes are cut', () => {
  const pieces = fc.array(
    fc.constantFrom('a', '1.5', ',', ',', '"', '""', '\n', '\r\n', 'é', ' ', '\n"b",'),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(pieces, fc.nat(60), (text, at) => {
      const bytes = Buffer.from(text.join(''));
      const first = split(bytes.subarray(0, at), at >= bytes.length);
      const second = split(bytes.subarray(first.end));
      const cut = [...first.rows, ...second.rows].map(({ cells }) => cells);
      expect(cut).toEqual(cellsOf(bytes));
    }),
    { numRuns: 2000 },
  );
});

it('gives the rows of a run of rows when it is read alone', () => {
  const pieces = fc.array(fc.constantFrom('a', '2', ',', ',', '"', '\n', '\n', '\r\n', '\n"b",'), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(pieces, fc.nat(5), fc.nat(5), (text, from, length) => {
      const bytes = Buffer.from(text.join(''));
      const { rows } = split(bytes);
      const some = rows.slice(from, from + length);
      const alone = bytes.subarray(some[0]?.start ?? 0, some.at(-1)?.end ?? 0);
      expect(cellsOf(alone)).toEqual(some.map(({ cells }) => cells));
    }),
    { numRuns: 2000 },
  );
});
