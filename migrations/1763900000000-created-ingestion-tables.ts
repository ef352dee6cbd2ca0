import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a source said and how reading it went; of no coin yet. */
export class CreatedIngestionTables1763900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE etl_checkpoints (
        source text PRIMARY KEY,
        cursor jsonb,
        memory jsonb NOT NULL DEFAULT '{}',
        settings_hash text,
        fence bigint NOT NULL DEFAULT 0,
        lease_owner text,
        lease_expires_at timestamptz,
        next_due_at timestamptz NOT NULL,
        cool_down_until timestamptz,
        failures_in_a_row integer NOT NULL DEFAULT 0,
        quota_month date,
        quota_used integer NOT NULL DEFAULT 0,
        last_run_at timestamptz,
        last_success_at timestamptz,
        last_failure_at timestamptz,
        error_code text,
        error_message text,
        listings bigint NOT NULL DEFAULT 0,
        data_as_of timestamptz,
        total_runs bigint NOT NULL DEFAULT 0,
        finished_runs bigint NOT NULL DEFAULT 0,
        successful_runs bigint NOT NULL DEFAULT 0,
        failed_runs bigint NOT NULL DEFAULT 0,
        records_processed bigint NOT NULL DEFAULT 0,
        seconds_spent double precision NOT NULL DEFAULT 0
      )`);
    await runner.query(`
      CREATE TABLE etl_runs (
        run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        trigger text NOT NULL,
        status text NOT NULL DEFAULT 'running',
        fence bigint NOT NULL,
        instance text NOT NULL,
        resumed boolean NOT NULL DEFAULT false,
        started_at timestamptz NOT NULL DEFAULT now(),
        heartbeat_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        pages integer NOT NULL DEFAULT 0,
        extracted integer NOT NULL DEFAULT 0,
        inserted integer NOT NULL DEFAULT 0,
        updated integer NOT NULL DEFAULT 0,
        unchanged integer NOT NULL DEFAULT 0,
        quarantined integer NOT NULL DEFAULT 0,
        duplicates integer NOT NULL DEFAULT 0,
        warnings jsonb NOT NULL DEFAULT '[]',
        error_code text,
        error_message text,
        CONSTRAINT etl_runs_status CHECK (status IN ('running', 'success', 'failed', 'interrupted')),
        CONSTRAINT etl_runs_every_record_has_an_outcome
          CHECK (extracted = inserted + updated + unchanged + quarantined)
      )`);
    // /runs, by what it can be asked for; the last also finds what a source's runs are usually like, and those that a
    // crash left open.
    await runner.query(`CREATE INDEX etl_runs_of_source ON etl_runs (source, run_id DESC)`);
    await runner.query(`CREATE INDEX etl_runs_of_status ON etl_runs (status, run_id DESC)`);
    await runner.query(
      `CREATE INDEX etl_runs_of_source_and_status ON etl_runs (source, status, run_id DESC)`,
    );

    // A sequence of its own: identity columns on partitioned tables need PostgreSQL 17.
    await runner.query(`CREATE SEQUENCE raw_page_ids`);
    await runner.query(`
      CREATE TABLE raw_pages (
        source text NOT NULL,
        raw_page_id bigint NOT NULL DEFAULT nextval('raw_page_ids'::regclass),
        run_id bigint NOT NULL,
        feed text NOT NULL,
        url text NOT NULL,
        status integer,
        hash text NOT NULL,
        bytes integer NOT NULL,
        body bytea NOT NULL,
        fetched_at timestamptz NOT NULL,
        CONSTRAINT raw_pages_pkey PRIMARY KEY (source, raw_page_id)
      ) PARTITION BY LIST (source)`);
    await runner.query(`CREATE TABLE raw_coinpaprika PARTITION OF raw_pages FOR VALUES IN ('coinpaprika')`);
    await runner.query(`CREATE TABLE raw_coingecko PARTITION OF raw_pages FOR VALUES IN ('coingecko')`);
    await runner.query(`CREATE TABLE raw_csv PARTITION OF raw_pages FOR VALUES IN ('csv')`);
    // A new source lands here without a migration; give it a partition of its own when it has grown.
    await runner.query(`CREATE TABLE raw_other PARTITION OF raw_pages DEFAULT`);
    for (const partition of ['raw_coinpaprika', 'raw_coingecko', 'raw_csv', 'raw_other'])
      // The body comes compressed; PostgreSQL trying again costs time and gains nothing.
      await runner.query(`ALTER TABLE ${partition} ALTER COLUMN body SET STORAGE EXTERNAL`);
    await runner.query(`CREATE INDEX raw_pages_fetched_at ON raw_pages (fetched_at)`);

    await runner.query(`
      CREATE TABLE quarantine (
        quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        feed text NOT NULL,
        reason text NOT NULL,
        message text NOT NULL,
        record bytea NOT NULL,
        run_id bigint NOT NULL,
        raw_page_id bigint NOT NULL,
        quarantined_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX quarantine_of_source ON quarantine (source, quarantine_id DESC)`);
    await runner.query(`CREATE INDEX quarantine_quarantined_at ON quarantine (quarantined_at)`);

    // Every page rewrites its feed's few rows: with room beside them the table stays as large as it is.
    await runner.query(`
      CREATE TABLE source_schemas (
        source text NOT NULL,
        feed text NOT NULL,
        field text NOT NULL,
        type text,
        null_share double precision,
        most_null double precision,
        pass jsonb,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        change jsonb,
        PRIMARY KEY (source, feed, field)
      ) WITH (fillfactor = 25)`);

    await runner.query(`
      CREATE TABLE request_logs (
        request_log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        request_id text NOT NULL,
        method text NOT NULL,
        route text NOT NULL,
        status integer NOT NULL,
        latency_ms double precision NOT NULL,
        at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX request_logs_at ON request_logs (at)`);

    // One row: what every reader's cache and ETag is made from. Written last in a transaction, so that
    // versions are seen in the order of their commits.
    await runner.query(`
      CREATE TABLE data_version (
        only_row boolean PRIMARY KEY DEFAULT true,
        version bigint NOT NULL,
        CONSTRAINT data_version_only_row CHECK (only_row)
      )`);
    await runner.query(`INSERT INTO data_version (version) VALUES (0)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE data_version, request_logs, source_schemas, quarantine, raw_pages, etl_runs, etl_checkpoints`,
    );
    await runner.query(`DROP SEQUENCE raw_page_ids`);
  }
}
