/*
 * From the shadows, which are named without a schema, to the served tables, in one transaction. Rows that came out
 * as they are aren't touched.
 */

/** Readers go on; nobody else writes coins, listings or links until the end. Identity first, as everywhere. */
export const lockServed = (served: string): string => `
  LOCK TABLE ${served}.identity_links, ${served}.coins, ${served}.listings IN EXCLUSIVE MODE`;

/** Whatever was decided or undone since the rebuild began. */
export const lateWords = (served: string): string => `
  SELECT d.decision_id, CASE WHEN n.decision_id IS NULL THEN d.decided_at END AS decided_at, d.undone_at
  FROM ${served}.identity_decisions d LEFT JOIN identity_decisions n USING (decision_id)
  WHERE n.decision_id IS NULL OR (n.undone_at IS NULL AND d.undone_at IS NOT NULL)
  ORDER BY d.decision_id`;

/** Coins that were served and aren't any more lead to where most of their listings went. */
export const forwardCoins = (served: string, columns: readonly string[]): string => `
  INSERT INTO coins (${columns.join(', ')})
  SELECT ${columns.map((column) => (column === 'merged_into' ? 'went.coin_id' : `o.${column}`)).join(', ')}
  FROM ${served}.coins o
  CROSS JOIN LATERAL (
    SELECT n.coin_id FROM ${served}.listings l JOIN listings n USING (listing_id)
    WHERE l.coin_id = o.coin_id AND n.coin_id IS NOT NULL
    GROUP BY n.coin_id ORDER BY count(*) DESC, n.coin_id LIMIT 1
  ) went
  WHERE NOT EXISTS (SELECT 1 FROM coins n WHERE n.coin_id = o.coin_id)`;

/** Signposts that nothing made again lead where they led. */
export const forwardSignposts = (served: string, columns: readonly string[]): string => `
  INSERT INTO coins (${columns.join(', ')})
  SELECT ${columns.map((column) => (column === 'merged_into' ? 'coalesce(goal.merged_into, goal.coin_id)' : `o.${column}`)).join(', ')}
  FROM ${served}.coins o JOIN coins goal ON goal.coin_id = o.merged_into
  WHERE NOT EXISTS (SELECT 1 FROM coins n WHERE n.coin_id = o.coin_id)
    AND EXISTS (SELECT 1 FROM ${served}.identity_links k WHERE k.coin_id = o.coin_id)`;

/** A signpost leads to a coin, not to another signpost. */
export const SHORTEN_WAYS = `
  WITH RECURSIVE ways AS (
    SELECT coin_id, merged_into FROM coins WHERE merged_into IS NOT NULL
    UNION
    SELECT w.coin_id, c.merged_into FROM ways w JOIN coins c ON c.coin_id = w.merged_into WHERE c.merged_into IS NOT NULL
  )
  UPDATE coins s SET merged_into = w.merged_into
  FROM ways w JOIN coins goal ON goal.coin_id = w.merged_into AND goal.merged_into IS NULL
  WHERE s.coin_id = w.coin_id AND s.merged_into <> w.merged_into`;

/** A signpost has no numbers. */
export const EMPTY_SIGNPOSTS = `
  UPDATE coins
  SET price = NULL, market_cap = NULL, volume_24h = NULL, price_change_24h = NULL, rank = NULL,
      price_status = 'unpriced', sources = '{}', as_of = NULL, fresh_until = NULL, divergence = NULL,
      lowest_listing_id = NULL, highest_listing_id = NULL
  WHERE merged_into IS NOT NULL AND price_status <> 'unpriced'`;

const same = (keys: readonly string[]): string => keys.map((key) => `n.${key} = o.${key}`).join(' AND ');

/** `condition` is on the served row, `o`. */
export const remove = (served: string, table: string, keys: readonly string[], condition: string): string => `
  DELETE FROM ${served}.${table} o
  WHERE (${condition}) AND NOT EXISTS (SELECT 1 FROM ${table} n WHERE ${same(keys)})`;

/** `condition` is on the new row, `n`. */
export const change = (
  served: string,
  table: string,
  keys: readonly string[],
  columns: readonly string[],
  condition = 'true',
): string => {
  const of = (alias: string): string => columns.map((column) => `${alias}.${column}`).join(', ');
  return `
  UPDATE ${served}.${table} o SET ${columns.map((column) => `${column} = n.${column}`).join(', ')}
  FROM ${table} n
  WHERE ${same(keys)} AND ROW(${of('o')}) IS DISTINCT FROM ROW(${of('n')}) AND (${condition})`;
};

export const add = (
  served: string,
  table: string,
  keys: readonly string[],
  columns: readonly string[],
  condition = 'true',
): string => `
  WITH added AS (
    INSERT INTO ${served}.${table} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${columns.map((column) => `n.${column}`).join(', ')} FROM ${table} n
    WHERE NOT EXISTS (SELECT 1 FROM ${served}.${table} o WHERE ${same(keys)}) AND (${condition})
    RETURNING 1
  )
  SELECT count(*)::int AS added FROM added`;

const REPLAYED = 'EXISTS (SELECT 1 FROM kept_pages p WHERE p.raw_page_id = o.raw_page_id AND p.replayed)';

/** Quotes of replayed pages; of pages that are gone, only those that nothing is left to belong to. */
export const OWN_QUOTES = `
  ${REPLAYED} OR NOT EXISTS (SELECT 1 FROM listings l WHERE l.listing_id = o.listing_id)`;

export const removeQuarantined = (served: string): string => `
  DELETE FROM ${served}.quarantine o WHERE ${REPLAYED}`;

/** Notes of pages that were not loaded, as drift: such a page isn't kept, so nothing else makes them again. */
export const driftNotes = (served: string): string => `
  INSERT INTO source_schemas (source, feed, field, first_seen_at, last_seen_at, change)
  SELECT o.source, o.feed, o.field, o.first_seen_at, o.last_seen_at, o.change
  FROM ${served}.source_schemas o
  WHERE (o.change->>'not_loaded')::boolean
  ON CONFLICT (source, feed, field) DO UPDATE SET change = excluded.change`;

/** Whether anything was replayed of a served row's catalogue, or of its schema. */
export const CATALOGUE_REPLAYED = `
  EXISTS (SELECT 1 FROM listing_contracts s WHERE s.source = o.source AND s.feed = o.feed)`;
export const SCHEMA_REPLAYED = `
  EXISTS (SELECT 1 FROM source_schemas s WHERE s.source = o.source AND s.feed = o.feed)`;

export const rewriteDecisions = (served: string): string => `
  UPDATE ${served}.identity_decisions o SET moves = n.moves, signposts = n.signposts, doubts = n.doubts
  FROM identity_decisions n
  WHERE n.decision_id = o.decision_id
    AND ROW(o.moves, o.signposts, o.doubts) IS DISTINCT FROM ROW(n.moves, n.signposts, n.doubts)`;

export const countListings = (served: string): string => `
  UPDATE ${served}.etl_checkpoints o
  SET listings = (SELECT count(*) FROM listings l WHERE l.source = o.source),
      data_as_of = greatest(o.data_as_of, n.data_as_of)
  FROM etl_checkpoints n WHERE n.source = o.source`;
