import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable } from './database-errors.js';
import { DatabaseTooSlow } from './within.js';

const coded = (code: string): Error => Object.assign(new Error('as the driver says'), { code });
const asked = (cause: Error): Error => new QueryFailedError('SELECT 1', [], cause);

describe('the database counts as away', () => {
  it.each([
    ['nobody listens', coded('ECONNREFUSED')],
    ['its name is unknown', coded('ENOTFOUND')],
    ['the line broke', asked(coded('ECONNRESET'))],
    ['the line broke and pg has no code for it', asked(new Error('Connection terminated unexpectedly'))],
    ['the pool has none left', new Error('timeout exceeded when trying to connect')],
    ['it gives no connection', coded('53300')],
    ['its disk is full', asked(coded('53100'))],
    ['its memory is', asked(coded('53200'))],
    ['it is starting', coded('57P03')],
    ['somebody stops it', asked(coded('57P01'))],
    ['it takes too long', new DatabaseTooSlow(10)],
    ['none of its addresses answers', new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')])],
  ])('when %s', (_what, error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    ['it refuses the query', asked(coded('42P01'))],
    ['a row is there already', asked(coded('23505'))],
    ['the password is wrong', coded('28P01')],
    ['it is no error of it', new TypeError('x is not a function')],
    ['one of its addresses refuses us', new AggregateError([coded('ECONNREFUSED'), coded('EACCES')])],
    ['it is no error at all', 'ECONNREFUSED'],
  ])('not when %s', (_what, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
