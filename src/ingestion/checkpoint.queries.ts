/**
 * The lease protocol on `etl_checkpoints`, all in database time. `$1` is the source everywhere.
 * Whoever writes for a source names the fence of its claim; zero rows back means that another owner came.
 */

/**
 * Makes the row of a source that was never seen. One whose settings have changed is due at once, cool-downs
 * apart; a schedule made shorter holds from now on.
 * $2 due at once, $3 schedule in seconds, $4 hash of its settings
 */
export const ENSURE_CHECKPOINT = `
  INSERT INTO etl_checkpoints AS c (source, next_due_at, settings_hash)
  VALUES ($1, CASE WHEN $2::boolean THEN now() ELSE now() + make_interval(secs => $3::float8) END, $4)
  ON CONFLICT (source) DO UPDATE
  SET settings_hash = excluded.settings_hash,
      next_due_at = CASE WHEN c.settings_hash IS DISTINCT FROM excluded.settings_hash AND $2::boolean THEN now()
                         WHEN c.failures_in_a_row = 0
                         THEN least(c.next_due_at, c.last_success_at + make_interval(secs => $3::float8))
                         ELSE c.next_due_at END
  WHERE c.settings_hash IS DISTINCT FROM excluded.settings_hash
     OR (c.failures_in_a_row = 0 AND c.next_due_at > c.last_success_at + make_interval(secs => $3::float8))`;

/** Sources that are due and free. $1 the sources of this replica */
export const DUE_SOURCES = `
  SELECT source FROM etl_checkpoints
  WHERE source = ANY($1::text[])
    AND next_due_at <= now()
    AND (cool_down_until IS NULL OR cool_down_until <= now())
    AND (lease_expires_at IS NULL OR lease_expires_at <= now())
  ORDER BY next_due_at, source`;

/** Whoever claims waits here for a run that is just ending, so that `CLAIM` sees how it ended. */
export const LOCK_CHECKPOINT = `SELECT 1 FROM etl_checkpoints WHERE source = $1 FOR UPDATE`;

/**
 * One winner: the row's lock decides between two claims, and the loser finds the winner's row. The run that an expired lease left open is closed as interrupted, at its last sign of life.
 * A pass that has come no further for so long begins anew: what its first pages said is old, and if its next page can't be
 * loaded it would be for ever.
 * $2 owner, $3 lease in seconds, $4 trigger, $5 whether it must be due, $6 how long a pass may stand still, in seconds
 */
export const CLAIM = `
  WITH standing AS (
    SELECT coalesce(finished_at, heartbeat_at) < now() - make_interval(secs => $6::float8) AS too_long
    FROM etl_runs WHERE source = $1 AND pages > 0
    ORDER BY run_id DESC LIMIT 1
  ), claimed AS (
    UPDATE etl_checkpoints
    SET fence = fence + 1,
        lease_owner = $2,
        lease_expires_at = clock_timestamp() + make_interval(secs => $3::float8),
        cursor = CASE WHEN (SELECT too_long FROM standing) THEN NULL ELSE cursor END,
        last_run_at = now(),
        total_runs = total_runs + 1,
        finished_runs = finished_runs + open.runs,
        records_processed = records_processed + open.extracted,
        seconds_spent = seconds_spent + open.seconds
    FROM (
      SELECT count(*) AS runs, coalesce(sum(extracted), 0) AS extracted,
             coalesce(sum(extract(epoch FROM heartbeat_at - started_at)), 0) AS seconds
      FROM etl_runs WHERE source = $1 AND status = 'running'
    ) open
    WHERE source = $1
      AND (lease_expires_at IS NULL OR lease_expires_at <= now())
      AND (cool_down_until IS NULL OR cool_down_until <= now())
      AND (NOT $5::boolean OR next_due_at <= now())
    RETURNING source, fence, cursor, memory
  ), interrupted AS (
    UPDATE etl_runs r
    SET status = 'interrupted', finished_at = r.heartbeat_at,
        error_code = 'interrupted', error_message = 'its process went away; the next run went on at its page'
    FROM claimed
    WHERE r.source = claimed.source AND r.status = 'running'
    RETURNING r.run_id
  ), run AS (
    INSERT INTO etl_runs (source, trigger, fence, instance, resumed)
    SELECT source, $4, fence, $2, cursor IS NOT NULL FROM claimed
    RETURNING run_id
  )
  SELECT run.run_id, claimed.fence, claimed.cursor, claimed.memory,
         ARRAY(SELECT run_id FROM interrupted) AS interrupted
  FROM claimed, run`;

/** Why a claim failed. */
export const CLAIM_OBSTACLE = `
  SELECT lease_expires_at > now() AS leased,
         greatest(0, ceil(extract(epoch FROM cool_down_until - now())))::int AS cool_down_seconds,
         error_message
  FROM etl_checkpoints WHERE source = $1`;

/** A sign of life; one that comes late must not lease what was given back. $2 fence, $3 lease in seconds, $4 run */
export const RENEW_LEASE = `
  WITH renewed AS (
    UPDATE etl_checkpoints SET lease_expires_at = clock_timestamp() + make_interval(secs => $3::float8)
    WHERE source = $1 AND fence = $2 AND lease_owner IS NOT NULL
    RETURNING fence
  )
  UPDATE etl_runs SET heartbeat_at = now() FROM renewed WHERE run_id = $4`;

/**
 * Counts a request against the month before it is made, so that a crash can't forget it.
 * $2 fence, $3 quota or null
 */
export const RESERVE_REQUEST = `
  UPDATE etl_checkpoints
  SET quota_used = CASE WHEN quota_month = date_trunc('month', now() AT TIME ZONE 'UTC')::date
                        THEN quota_used + 1 ELSE 1 END,
      quota_month = date_trunc('month', now() AT TIME ZONE 'UTC')::date
  WHERE source = $1 AND fence = $2 AND lease_owner IS NOT NULL
    AND ($3::int IS NULL OR quota_used < $3
         OR quota_month IS DISTINCT FROM date_trunc('month', now() AT TIME ZONE 'UTC')::date)
  RETURNING quota_used`;

export const HOLDS_FENCE = `
  SELECT 1 FROM etl_checkpoints WHERE source = $1 AND fence = $2 AND lease_owner IS NOT NULL`;

/** Moves the checkpoint with its page. $2 fence, $3 cursor, $4 memory or null, $5 lease, $6 new listings, $7 as of */
export const ADVANCE = `
  UPDATE etl_checkpoints
  SET cursor = $3::jsonb,
      memory = coalesce($4::jsonb, memory),
      lease_expires_at = clock_timestamp() + make_interval(secs => $5::float8),
      listings = listings + $6::bigint,
      data_as_of = greatest(data_as_of, $7::timestamptz)
  WHERE source = $1 AND fence = $2 AND lease_owner IS NOT NULL
  RETURNING fence`;

/**
 * The pass is complete. Like the two below it closes a run that is open, once: when the answer to its COMMIT is lost, the
 * run is closed already, and is not to fail for that.
 * $2 fence, $3 run, $4 schedule in seconds, $5 warnings
 */
export const FINISH = `
  WITH run AS (
    UPDATE etl_runs SET status = 'success', finished_at = now(), heartbeat_at = now(), warnings = $5::jsonb
    WHERE run_id = $3 AND status = 'running'
      AND EXISTS (SELECT 1 FROM etl_checkpoints WHERE source = $1 AND fence = $2 FOR UPDATE)
    RETURNING extracted, extract(epoch FROM now() - started_at) AS seconds
  )
  UPDATE etl_checkpoints
  SET cursor = NULL, lease_owner = NULL, lease_expires_at = NULL,
      cool_down_until = NULL, next_due_at = now() + make_interval(secs => $4::float8),
      failures_in_a_row = 0, error_code = NULL, error_message = NULL,
      last_success_at = now(),
      finished_runs = finished_runs + 1, successful_runs = successful_runs + 1,
      records_processed = records_processed + run.extracted, seconds_spent = seconds_spent + run.seconds
  FROM run
  WHERE source = $1 AND fence = $2
  RETURNING fence`;

/**
 * The run failed; the cursor stays, unless its pass is to begin anew with the memory of then. The waits double from
 * a minute to the schedule, and are never shorter than what the source asked for.
 * $2 fence, $3 run, $4 schedule in seconds, $5 warnings, $6 code, $7 message, $8 cool-down in seconds or null,
 * $9 whether trying again sooner than the schedule makes sense, $10 memory to begin anew with, or null
 */
export const FAIL = `
  WITH run AS (
    UPDATE etl_runs
    SET status = 'failed', finished_at = now(), heartbeat_at = now(), warnings = $5::jsonb,
        error_code = $6, error_message = $7
    WHERE run_id = $3 AND status = 'running'
      AND EXISTS (SELECT 1 FROM etl_checkpoints WHERE source = $1 AND fence = $2 FOR UPDATE)
    RETURNING extracted, extract(epoch FROM now() - started_at) AS seconds
  )
  UPDATE etl_checkpoints
  SET lease_owner = NULL, lease_expires_at = NULL,
      cool_down_until = now() + make_interval(secs => $8::float8),
      next_due_at = now() + make_interval(secs => greatest(
        coalesce($8::float8, 0),
        CASE WHEN $9::boolean THEN least($4::float8, 60 * power(2, least(failures_in_a_row, 16)))
             ELSE $4::float8 END)),
      cursor = CASE WHEN $10::jsonb IS NULL THEN cursor END, memory = coalesce($10::jsonb, memory),
      failures_in_a_row = failures_in_a_row + 1, error_code = $6, error_message = $7,
      last_failure_at = now(),
      finished_runs = finished_runs + 1, failed_runs = failed_runs + 1,
      records_processed = records_processed + run.extracted, seconds_spent = seconds_spent + run.seconds
  FROM run
  WHERE source = $1 AND fence = $2
  RETURNING fence`;

/** The process is going away; whoever is next goes on at the cursor. $2 fence, $3 run, $4 warnings */
export const RELEASE = `
  WITH run AS (
    UPDATE etl_runs
    SET status = 'interrupted', finished_at = now(), heartbeat_at = now(), warnings = $4::jsonb,
        error_code = 'interrupted', error_message = 'stopped with its process; the next run goes on at its page'
    WHERE run_id = $3 AND status = 'running'
      AND EXISTS (SELECT 1 FROM etl_checkpoints WHERE source = $1 AND fence = $2 FOR UPDATE)
    RETURNING extracted, extract(epoch FROM now() - started_at) AS seconds
  )
  UPDATE etl_checkpoints
  SET lease_owner = NULL, lease_expires_at = NULL, next_due_at = least(next_due_at, now()),
      finished_runs = finished_runs + 1,
      records_processed = records_processed + run.extracted, seconds_spent = seconds_spent + run.seconds
  FROM run
  WHERE source = $1 AND fence = $2
  RETURNING fence`;
