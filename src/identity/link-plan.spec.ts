import { ownMember } from './coin-group.js';
import { planLinks } from './link-plan.js';
import type { NearListing } from './near-listing.js';

/** Of CoinGecko, in the coin `acme`, with its rank. */
const row = (id: string, rank: number): NearListing => ({
  listing_id: String(rank),
  source: 'coingecko',
  source_coin_id: id,
  symbol: id,
  name: 'Acme',
  symbol_key: id,
  id_symbol_key: null,
  id_name: null,
  price: '1',
  market_cap: null,
  rank,
  quoted_at: null,
  coin_id: 'acme',
  contracts: [],
  contracts_seen_at: null,
  active: true,
  alone: false,
  method: 'symbol_name',
  decided_by: 'matcher',
  settled: false,
  evidence: [],
  candidates: [],
  suspect: null,
  apart_from: null,
});

/** Each in a group of its own; all would keep the name of the coin they are in. */
const coinsOf = async (rows: readonly NearListing[], stay: readonly string[]): Promise<object> => {
  const groups = rows.map(({ source, source_coin_id }) => ({
    coinId: null,
    members: [ownMember({ source, sourceCoinId: source_coin_id })],
  }));
  const taken = (slugs: readonly string[]): Promise<Set<string>> =>
    Promise.resolve(new Set(slugs.filter((slug) => stay.includes(slug))));
  const { links } = await planLinks(groups, rows, () => true, new Set(stay), taken);
  return Object.fromEntries(links.map(({ listingId, coinId }) => [listingId, coinId]));
};

it.each([
  ['one after the other', [row('one', 1), row('two', 2)]],
  ['the other way round', [row('two', 2), row('one', 1)]],
])('lets the better known of two that part keep their coin’s name: %s', async (_order, rows) => {
  expect(await coinsOf(rows, [])).toEqual({ 1: 'acme', 2: 'acme-two' });
});

it('leaves its name to a coin that others stay in', async () => {
  expect(await coinsOf([row('one', 1)], ['acme'])).toEqual({ 1: 'acme-one' });
});
