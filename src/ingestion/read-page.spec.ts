import { readPage } from './read-page.js';
import { RecordRefused } from './source-errors.js';

it('is what its adapter says it is, even when none of its records can be read', () => {
  const read = readPage(
    {
      kind: 'contracts',
      records: [{ id: 5 }],
      required: ['id'],
      read: () => {
        throw new RecordRefused('wrong_type', 'id is a number, not text', 'id');
      },
    },
    new Date(),
  );
  expect(read).toEqual({
    kind: 'contracts',
    extracted: 1,
    contracts: [],
    duplicates: 0,
    refused: [
      {
        reason: 'wrong_type',
        message: 'id is a number, not text',
        field: 'id',
        sourceCoinId: null,
        record: Buffer.from('{"id":5}'),
      },
    ],
  });
});

it('holds times against when the page was fetched, not against today', () => {
  const fetchedAt = new Date('2020-02-02T12:00:00Z');
  const times = ['2020-02-03T12:00:00Z', '2020-02-03T12:00:01Z', '2999-01-01T00:00:00Z'];
  const read = readPage(
    {
      kind: 'listings',
      records: times,
      required: [],
      read: (time) => ({
        sourceCoinId: String(time),
        symbol: 'A',
        name: 'A',
        price: '1',
        marketCap: null,
        volume24h: null,
        priceChange24h: null,
        rank: null,
        sourceUpdatedAt: new Date(String(time)),
      }),
    },
    fetchedAt,
  );
  expect(read).toMatchObject({ extracted: 3, listings: [{ sourceCoinId: times[0] }] });
  expect(read.refused).toMatchObject(
    times.slice(1).map((sourceCoinId) => ({
      reason: 'bad_timestamp',
      message: expect.stringMatching(/lies more than a day ahead of 2020-02-02T12:00:00.000Z/) as string,
      sourceCoinId,
    })),
  );
});
