import { JsonText, stringifyAnswer } from './exact-json.js';

describe('stringifyAnswer', () => {
  it('keeps every digit of what PostgreSQL wrote', () => {
    const rows = new JsonText('[{"price":0.0000000000000000038123456789012345678}]');
    expect(stringifyAnswer({ data: rows, total: 1 })).toBe(
      '{"data":[{"price":0.0000000000000000038123456789012345678}],"total":1}',
    );
    expect(stringifyAnswer(rows)).toBe(rows.text);
  });

  it.each([
    [{ a: 1, b: undefined, c: null }],
    [{ 'quo"te': 'line\nbreak' }],
    [[1, { a: [] }]],
    [{ at: new Date(0) }],
    [new Date(0)],
    [{}],
    [null],
    ['text'],
  ])('writes everything else as JSON.stringify does: %j', (value) => {
    expect(stringifyAnswer(value)).toBe(JSON.stringify(value));
  });

  it('refuses a text below the top, which would come out as an object', () => {
    expect(() => stringifyAnswer({ data: { rows: new JsonText('[]') } })).toThrow('top of an answer');
  });
});
