import { changesIn, topmost } from './drift.js';
import type { FieldBaseline } from './drift.js';
import { passFields } from './pass-shape.js';
import type { PassField } from './pass-shape.js';
import { readPage } from './read-page.js';
import { branchesOf, shapeOf } from './record-shape.js';
import { requiredLoss } from './required-fields.js';
import type { RequiredLoss } from './required-fields.js';
import type { PageReader } from './source-adapter.js';
import { readDecimal, readId, PRICE } from './record-reader.js';

type Row = Record<string, unknown>;

const times = (count: number, row: (index: number) => unknown): unknown[] =>
  Array.from({ length: count }, (_, index) => row(index));

/** The baseline that a complete pass of these pages leaves. */
function baselineOf(
  pages: readonly (readonly unknown[])[],
  required: readonly string[] = [],
): Map<string, FieldBaseline> {
  let known: { field: string; type: null; pass: PassField | null }[] = [];
  for (const page of pages) {
    const pass = passFields(known, shapeOf(page, required));
    known = [...pass].map(([field, shown]) => ({ field, type: null, pass: shown }));
  }
  return new Map(
    known.flatMap(({ field, pass }) =>
      pass
        ? [[field, { type: pass.type, nullShare: pass.null_share, mostNull: pass.most_null }] as const]
        : [],
    ),
  );
}

function moved(pages: readonly (readonly unknown[])[], page: readonly unknown[], soFar = 1): string[] {
  const changes = changesIn(baselineOf(pages), shapeOf(page, []), () => soFar);
  return changes.map(({ field, kind }) => `${kind} ${field}`).sort();
}

describe('the shape of a pass', () => {
  it('weighs its pages by their records, and counts a field that is absent as null', () => {
    const pages = [times(30, () => ({ a: 1, b: 'x' })), times(10, () => ({ a: null, c: [] }))];
    expect(Object.fromEntries(baselineOf(pages))).toEqual({
      a: { type: 'number', nullShare: 0.25, mostNull: 1 },
      b: { type: 'string', nullShare: 0.25, mostNull: 1 },
      c: { type: 'array', nullShare: 0.75, mostNull: 1 },
    });
  });

  it('has no emptiest page among those of a few records', () => {
    const pages = [times(30, () => ({ a: 1 })), times(4, () => ({ a: null }))];
    expect(baselineOf(pages).get('a')).toMatchObject({ type: 'number', mostNull: 0 });
  });

  it('looks into objects only where something is required of them', () => {
    const records = [
      { quotes: { USD: { price: 1, cap: 2 }, EUR: { price: 3 } }, platforms: { ethereum: '0x' } },
    ];
    expect([...shapeOf(records, ['quotes.USD.price']).fields.keys()].sort()).toEqual([
      'platforms',
      'quotes',
      'quotes.EUR',
      'quotes.USD',
      'quotes.USD.cap',
      'quotes.USD.price',
    ]);
  });

  it('has what is required however many other fields come first', () => {
    const crowd = Object.fromEntries(
      times(500, (index) => [`field ${String(index)}`, 1]) as [string, number][],
    );
    const shape = shapeOf([{ ...crowd, price: 1 }], ['price']);
    expect(shape.fields.size).toBe(200);
    expect(shape.fields.has('price')).toBe(true);
  });
});

describe('a page', () => {
  const big = times(50, () => ({ price: 1, cap: 2 }));
  const small = times(50, () => ({ price: 1, cap: null }));

  it('has not moved when a page of the last pass looked like it, but the pass has when all of them do', () => {
    expect(moved([big, small], small, 0.5)).toEqual([]);
    expect(moved([big, small], small, 0.9)).toEqual(['null cap']);
    expect(moved([big, big], small, 0.5)).toEqual(['null cap']);
    expect(
      moved(
        [big],
        times(50, () => ({ price: 1 })),
      ),
    ).toEqual(['gone cap']);
  });

  it('is not of another type for a few odd values', () => {
    const odd = (count: number): unknown[] =>
      times(50, (index) => ({ price: 1, cap: index < count ? 'much' : null }));
    expect(moved([big, small], odd(4), 0.5)).toEqual([]);
    expect(moved([big, small], odd(5))).toContain('null cap');
    expect(moved([big, small], odd(5), 0.5)).toEqual(['retyped cap']);
  });
});

it('a branch that is gone takes what is on it along', () => {
  const required = ['quotes.USD.price'];
  const before = baselineOf([times(9, () => ({ quotes: { USD: { price: 1, cap: 2 } } }))], required);
  const changes = changesIn(
    before,
    shapeOf(
      times(9, () => ({ quote: {} })),
      required,
    ),
    () => 1,
  );
  expect(changes).toHaveLength(5);
  expect(topmost(changes, branchesOf(required))).toMatchObject([
    { field: 'quote', kind: 'new' },
    { field: 'quotes', kind: 'gone', candidate: { field: 'quote' } },
  ]);
});

describe('what is required', () => {
  const required = ['id', 'price'];
  const good: Row = { id: 'a', price: 1 };
  const loss = (rows: readonly unknown[], before: readonly unknown[] = []): RequiredLoss | null => {
    const reader: PageReader = {
      kind: 'listings',
      records: rows,
      required,
      read: (record) => {
        const row = record as Row;
        const sourceCoinId = readId(row['id'], 'id');
        const price = readDecimal(row['price'], 'price', PRICE);
        const none = {
          marketCap: null,
          volume24h: null,
          priceChange24h: null,
          rank: null,
          sourceUpdatedAt: null,
        };
        return { sourceCoinId, symbol: 'A', name: 'A', price, ...none };
      },
    };
    const shape = shapeOf(rows, required);
    const baseline = baselineOf(before.length > 0 ? [before] : [], required);
    const changes = baseline.size > 0 ? changesIn(baseline, shape, () => 1) : [];
    return requiredLoss({ required, shape, read: readPage(reader, new Date()), baseline, changes });
  };
  const spoilt = (count: number, row: Row): Row[] =>
    times(10, (index) => (index < count ? row : good)) as Row[];

  it.each<[string, Row, string]>([
    ['absent', { id: 'a' }, 'price is absent from 6 of 10 records'],
    ['of another type', { id: 'a', price: 'x' }, 'price is text, not a number'],
    ['null where it must not be', { id: null, price: 1 }, 'id is null'],
  ])('is lost when it is %s in more than half of the records', (_what, row, words) => {
    expect(loss(spoilt(6, row))?.message).toContain(words);
    expect(loss(spoilt(5, row))).toBeNull();
  });

  it('is lost when its records can’t be read for one field or another', () => {
    const rows = spoilt(6, { id: 'a', price: 'x' }).map((row, index) =>
      index < 3 ? { ...good, id: 5 } : row,
    );
    expect(loss(rows)).toMatchObject({ message: expect.stringMatching(/^6 of 10 records/) });
  });

  it('is not lost where a record is refused for what it says', () => {
    expect(loss(spoilt(9, { id: 'a', price: -1 }))).toBeNull();
    expect(loss(spoilt(10, { id: 'a', price: -1 }))?.message).toMatch(/^none of the 10 records/);
  });

  it('is lost when it is suddenly null, and not when it was before', () => {
    const empty = spoilt(9, { id: 'a', price: null });
    expect(loss(empty)).toBeNull();
    expect(loss(empty, spoilt(5, { id: 'a', price: null }))?.change).toMatchObject({ kind: 'null' });
    expect(loss(empty, spoilt(6, { id: 'a', price: null }))).toBeNull();
  });

  it('can’t be judged by a few records', () => {
    expect(loss(times(4, () => ({ id: 'a' })))).toBeNull();
    expect(loss(times(5, () => ({ id: 'a' })))).not.toBeNull();
  });
});
