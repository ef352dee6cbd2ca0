import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a page's transaction began, by the database's clock, as runs and decisions have it: their order is that. */
export class TimesOfLoading1764300001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Of pages that are there it isn't known.
    await runner.query(`ALTER TABLE raw_pages ADD COLUMN loaded_at timestamptz`);
    await runner.query(`ALTER TABLE raw_pages ALTER COLUMN loaded_at SET DEFAULT now()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE raw_pages DROP COLUMN loaded_at`);
  }
}
