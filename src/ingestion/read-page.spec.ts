import { readPage } from './read-page.js';
import { RecordRefused } from './source-errors.js';

it('is what its adapter says it is, even when none of its records can be read', () => {
  const read = readPage({
    kind: 'contracts',
    records: [{ id: 5 }],
    required: ['id'],
    read: () => {
      throw new RecordRefused('wrong_type', 'id is a number, not text', 'id');
    },
  });
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
