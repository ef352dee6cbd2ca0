import { isCatalogueDue } from './contract-catalogue.js';

const now = new Date('2026-11-20T12:00:00Z');

it.each([
  ['2026-11-19T12:00:01Z', false],
  ['2026-11-19T12:00:00Z', true],
  ['2026-11-20T12:00:00Z', false],
  // A clock that was wrong once must not silence the catalogue until then.
  ['2027-01-01T00:00:00Z', true],
  ['never', true],
  [undefined, true],
  [5, true],
])('what was asked for at %p is due: %p', (at, due) => {
  expect(isCatalogueDue(at, now)).toBe(due);
});
