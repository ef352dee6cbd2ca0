import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far links are settled is one row, not a time in each of them; which are open is no longer asked of an index. */
export class SettledLinksByOneRow1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Both may be so already, where this was still part of the migration before.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS identity_settlements (
        last_link_id bigint PRIMARY KEY,
        settled_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`DROP INDEX IF EXISTS identity_links_unsettled`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE identity_links k
      SET settled_at = (SELECT s.settled_at FROM identity_settlements s
                        WHERE s.last_link_id >= k.link_id ORDER BY s.last_link_id LIMIT 1)
      WHERE settled_at IS NULL AND revoked_at IS NULL`);
    await runner.query(`DROP TABLE identity_settlements`);
    await runner.query(
      `CREATE INDEX identity_links_unsettled ON identity_links (listing_id)
       WHERE revoked_at IS NULL AND settled_at IS NULL AND decided_by = 'matcher'`,
    );
  }
}
