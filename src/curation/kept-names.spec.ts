import type { LinkPlan } from '../identity/link-plan.js';
import { withKeptNames } from './kept-names.js';

const NEW = new Set(['acme-2', 'zed-2']);
const found = (coinId: string): LinkPlan['found'][number] => ({
  coinId,
  symbol: 'A',
  name: 'Acme',
  mayBeThere: false,
});
const link = (listingId: string, coinId: string): LinkPlan['links'][number] => ({
  listingId,
  coinId,
  member: {
    source: 's',
    sourceCoinId: listingId,
    method: 'own',
    confidence: 1,
    evidence: [],
    candidates: [],
  },
});
const planOf = (...links: LinkPlan['links']): LinkPlan => ({
  found: [...new Set(links.map(({ coinId }) => coinId))].map(found),
  links,
  merged: [],
  left: [],
});
const coinsOf = (plan: LinkPlan): Record<string, string> =>
  Object.fromEntries(plan.links.map(({ listingId, coinId }) => [listingId, coinId]));
const came =
  (from: Readonly<Record<string, string>>) =>
  (listingId: string): string | undefined =>
    from[listingId];

it('lets a coin go on under its name', () => {
  const plan = planOf(link('1', 'acme-2'), link('2', 'acme-2'), link('3', 'other'));
  const kept = withKeptNames(plan, NEW, came({ 1: 'acme', 2: 'acme' }), () => true);
  expect(coinsOf(kept)).toEqual({ 1: 'acme', 2: 'acme', 3: 'other' });
  expect(kept.found).toEqual([found('other')]);
});

it('gives a name to one of two only, and none that somebody has', () => {
  const from = came({ 1: 'acme', 2: 'acme' });
  const apart = planOf(link('1', 'acme-2'), link('2', 'zed-2'));
  expect(coinsOf(withKeptNames(apart, NEW, from, () => true))).toEqual({ 1: 'acme', 2: 'zed-2' });
  expect(coinsOf(withKeptNames(apart, NEW, from, () => false))).toEqual({ 1: 'acme-2', 2: 'zed-2' });
  const taken = planOf(link('1', 'acme-2'), link('3', 'acme'));
  expect(coinsOf(withKeptNames(taken, NEW, from, () => true))).toEqual({ 1: 'acme-2', 3: 'acme' });
});

it('keeps the name that most of them had, in whatever order they come', () => {
  const from = came({ 1: 'zed', 2: 'acme', 3: 'acme', 4: 'zed' });
  const most = [link('1', 'acme-2'), link('2', 'acme-2'), link('3', 'acme-2')];
  for (const links of [most, [...most].reverse()])
    expect(coinsOf(withKeptNames(planOf(...links), NEW, from, () => true))).toEqual({
      1: 'acme',
      2: 'acme',
      3: 'acme',
    });
  const even = planOf(link('4', 'acme-2'), link('3', 'acme-2'));
  expect(coinsOf(withKeptNames(even, NEW, from, () => true))).toEqual({ 3: 'acme', 4: 'acme' });
});

it('names nothing that the plan did not make up', () => {
  const plan = planOf(link('1', 'bitcoin'));
  expect(withKeptNames(plan, NEW, came({ 1: 'acme' }), () => true)).toEqual(plan);
});
