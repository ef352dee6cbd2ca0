import { settledAt } from '../identity/settled-links.queries.js';

/*
 * The state at the time of the first kept page, $1 throughout: what is older than that can't be replayed and is taken
 * over from the served tables, `served`. Tables without a schema are the shadows.
 */

/** Takes rows over, some of their columns changed. */
export const takeOver = (
  served: string,
  table: string,
  columns: readonly string[],
  changed: Readonly<Record<string, string>>,
  condition: string,
): string => `
  INSERT INTO ${table} (${columns.join(', ')})
  SELECT ${columns.map((column) => changed[column] ?? column).join(', ')} FROM ${served}.${table} o
  WHERE ${condition}`;

export const BEFORE = {
  identity_links: {
    changed: {
      revoked_at: 'coalesce(revoked_at, $1::timestamptz)',
      settled_at: 'CASE WHEN settled_at < $1::timestamptz THEN settled_at END',
    },
    condition: 'decided_at < $1::timestamptz',
  },
  identity_settlements: { changed: {}, condition: 'settled_at < $1::timestamptz' },
  identity_decisions: {
    changed: { undone_at: 'CASE WHEN undone_at < $1::timestamptz THEN undone_at END' },
    condition: 'decided_at < $1::timestamptz',
  },
  // To the week: one that was seen since is in a kept page as well.
  listing_contracts: { changed: {}, condition: 'seen_at < $1::timestamptz' },
} as const;

/** What was revoked since was in force then; of several that were in turn, the newest. */
export const IN_FORCE_THEN = `
  UPDATE identity_links k SET revoked_at = NULL
  FROM (SELECT max(link_id) AS link_id FROM identity_links WHERE revoked_at >= $1::timestamptz GROUP BY listing_id) f
  WHERE k.link_id = f.link_id`;

/** Listings that were decided on by then. Their names of then aren't known; they are replayed when they changed. */
export const LISTED_THEN = 'listing_id IN (SELECT listing_id FROM identity_links)';

export const LINKED_THEN = `
  UPDATE listings l
  SET coin_id = (SELECT k.coin_id FROM identity_links k WHERE k.listing_id = l.listing_id AND k.revoked_at IS NULL)`;

/**
 * What a listing said last before the kept pages, as its quotes tell; the rest says what it will say again. Of
 * reference data the time of a quote is that of its reading where it has none. It was said before any kept page was even
 * fetched. $2 sources of reference data
 */
export const numbersThen = (served: string): string => `
  UPDATE listings l
  SET price = q.price, market_cap = q.market_cap, volume_24h = q.volume_24h, price_change_24h = q.price_change_24h,
      rank = q.rank, source_updated_at = q.source_updated_at,
      quoted_at = CASE WHEN q.source_updated_at IS NULL AND l.source = ANY($2::text[]) THEN NULL ELSE q.quoted_at END,
      fetched_at = coalesce(q.fetched_at, least($1::timestamptz, (SELECT min(fetched_at) FROM ${served}.raw_pages)) - interval '1 second'),
      raw_page_id = coalesce(q.raw_page_id, 0)
  FROM listings n
  LEFT JOIN LATERAL (
    SELECT * FROM ${served}.quotes q
    WHERE q.listing_id = n.listing_id AND NOT EXISTS (SELECT 1 FROM kept_pages p WHERE p.raw_page_id = q.raw_page_id)
    ORDER BY q.quoted_at DESC LIMIT 1
  ) q ON true
  WHERE n.listing_id = l.listing_id AND EXISTS (SELECT 1 FROM kept_pages p WHERE p.raw_page_id = l.raw_page_id)`;

export const COINS_THEN = 'coin_id IN (SELECT coin_id FROM identity_links)';

/** What has listings is no signpost; the others lead where they lead today. */
export const SIGNPOSTS_THEN = `
  UPDATE coins c SET merged_into = NULL
  WHERE merged_into IS NOT NULL AND EXISTS (SELECT 1 FROM listings l WHERE l.coin_id = c.coin_id)`;

export const CHECKPOINTS_THEN = `
  UPDATE etl_checkpoints c
  SET data_as_of = (SELECT max(quoted_at) FROM listings l WHERE l.source = c.source),
      last_success_at = (SELECT max(finished_at) FROM etl_runs r
                         WHERE r.source = c.source AND r.status = 'success' AND r.finished_at < $1::timestamptz),
      failures_in_a_row = (
        SELECT count(*) FROM etl_runs r
        WHERE r.source = c.source AND r.status = 'failed' AND r.finished_at < $1::timestamptz
          AND r.run_id > (SELECT coalesce(max(s.run_id), 0) FROM etl_runs s
                          WHERE s.source = c.source AND s.status = 'success' AND s.finished_at < $1::timestamptz))`;

/** Listings of pages that could not be read again; their links; the coins those name. */
export const UNREAD_LISTINGS = `
  NOT EXISTS (SELECT 1 FROM listings n WHERE n.source = o.source AND n.source_coin_id = o.source_coin_id)
  AND NOT EXISTS (SELECT 1 FROM kept_pages p WHERE p.raw_page_id = o.raw_page_id AND p.replayed)`;
export const LINKS_OF_UNREAD = `
  listing_id IN (SELECT listing_id FROM listings)
  AND NOT EXISTS (SELECT 1 FROM identity_links n WHERE n.listing_id = o.listing_id)`;
/**
 * Which of them were settled by the served tables' passes is not in the shadows. Those that are open come behind what was
 * settled there.
 */
export const settledThen = (served: string): Readonly<Record<string, string>> => ({
  link_id: `CASE WHEN o.revoked_at IS NULL AND ${settledAt('o', `${served}.`)} IS NULL
                 THEN nextval(pg_get_serial_sequence('${served}.identity_links', 'link_id')) ELSE o.link_id END`,
  settled_at: `CASE WHEN o.revoked_at IS NULL THEN ${settledAt('o', `${served}.`)} ELSE o.settled_at END`,
});
export const COINS_OF_UNREAD = `
  coin_id IN (SELECT coin_id FROM identity_links)
  AND NOT EXISTS (SELECT 1 FROM coins n WHERE n.coin_id = o.coin_id)`;
