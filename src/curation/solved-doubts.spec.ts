import { solvedDoubts } from './solved-doubts.js';
import type { Doubt } from './solved-doubts.js';

const candidate = (source: string, sourceCoinId: string): { source: string; sourceCoinId: string } => ({
  source,
  sourceCoinId,
});
const doubt = (coinId: string, ...candidates: Doubt['candidates']): Doubt => ({
  link_id: `of ${coinId}`,
  listing_id: '1',
  coin_id: coinId,
  candidates,
});
const move = (id: string, coinAfter: string): Parameters<typeof solvedDoubts>[1][number] => ({
  listing_id: '2',
  source: 'paprika',
  source_coin_id: id,
  link_before: '3',
  link_after: '4',
  coin_before: 'old',
  coin_after: coinAfter,
});
const nothing = (): boolean => false;

it('ends everybody’s doubt about what was decided on, and no other', () => {
  const [about, alike] = [candidate('paprika', 'a'), candidate('gecko', 'a')];
  expect(solvedDoubts([doubt('x', about, alike)], [move('a', 'y')], nothing)).toEqual([doubt('x', alike)]);
  expect(solvedDoubts([doubt('x', alike)], [move('a', 'y')], nothing)).toEqual([]);
});

it('ends the doubts of a coin about sources that it has now', () => {
  const [twin, third] = [candidate('paprika', 'twin'), candidate('csv', 'twin')];
  const holds = (coinId: string, source: string): boolean => coinId === 'y' && source === 'paprika';
  expect(solvedDoubts([doubt('y', twin, third)], [move('a', 'y')], holds)).toEqual([doubt('y', third)]);
  expect(solvedDoubts([doubt('x', twin, third)], [move('a', 'y')], holds)).toEqual([]);
});
