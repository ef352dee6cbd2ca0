import { retryAfterSeconds } from './retry-after.js';

const receivedAt = new Date('2025-11-21T10:00:00Z');

it.each([
  ['7', 7],
  ['119', 119],
  ['0', 0],
  ['1.5', 2],
  [' 60 ', 60],
  ['86400', 86_400],
  ['86401', 86_400],
  ['99999999999999999999', 86_400],
  ['9'.repeat(400), 86_400],
  ['-5', null],
  ['1e3', null],
  ['soon', null],
  ['', null],
  ['Fri, 21 Nov 2025 10:01:30 GMT', 90],
  ['Fri, 21 Nov 2025 09:00:00 GMT', 0],
  ['Sun, 21 Nov 2027 10:00:00 GMT', 86_400],
  ['Fri, 99 Nov 2025 10:00:00 GMT', null],
  ['2025-11-21T10:01:30Z', null],
  [null, null],
])('%p is %p seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, null, receivedAt)).toBe(seconds);
});

it('reads a date against the clock that made it', () => {
  const wrongByAnHour = 'Fri, 21 Nov 2025 11:00:00 GMT';
  expect(retryAfterSeconds('Fri, 21 Nov 2025 11:00:45 GMT', wrongByAnHour, receivedAt)).toBe(45);
});
