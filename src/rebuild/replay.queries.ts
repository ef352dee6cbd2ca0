/** $1 source, $2 as of */
export const NOTE_DATA_AS_OF = `
  UPDATE etl_checkpoints SET data_as_of = greatest(data_as_of, $2::timestamptz) WHERE source = $1`;

/** $1 source, $2 when */
export const NOTE_SUCCESS = `
  UPDATE etl_checkpoints SET last_success_at = $2, failures_in_a_row = 0 WHERE source = $1`;

/** $1 source */
export const NOTE_FAILURE = `
  UPDATE etl_checkpoints SET failures_in_a_row = failures_in_a_row + 1 WHERE source = $1`;

/** $1 raw page */
export const NOTE_REPLAYED = `UPDATE kept_pages SET replayed = true WHERE raw_page_id = $1`;

/** Begins a decision again, under its number. $1 decision */
export const beginAgain = (schema: string): string => `
  INSERT INTO identity_decisions
    (decision_id, kind, reason, moves, signposts, doubts, request_id, decided_at)
  SELECT decision_id, kind, reason, '[]', '[]', '[]', request_id, decided_at
  FROM ${schema}.identity_decisions WHERE decision_id = $1`;

/** Listings that aren't there stay on record as they were. $1 decision, $2 moves */
export const KEEP_MOVES = `UPDATE identity_decisions SET moves = moves || $2::jsonb WHERE decision_id = $1`;

/** What was decided then. $1 decision */
export const decisionThen = (schema: string): string => `
  SELECT kind, moves, undone_request_id FROM ${schema}.identity_decisions WHERE decision_id = $1`;

/** The links it made. $1 links */
export const linksThen = (schema: string): string => `
  SELECT link_id, method, evidence, apart_from FROM ${schema}.identity_links WHERE link_id = ANY($1::bigint[])`;

/** Every coin that is served. */
export const LIVING_COINS = `SELECT DISTINCT coin_id FROM listings WHERE coin_id IS NOT NULL ORDER BY coin_id`;
