import { CrosswalkBook } from '../../src/identity/crosswalk-book.js';
import { IdentityLinks } from '../../src/identity/identity-links.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/** More than one statement settles. */
const LINKS = 60_000;

const link = (
  listings: string,
  columns: { revoked_at?: string; settled_at?: string; by?: string },
): string => `
  INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, decided_by, revoked_at, settled_at)
  SELECT i, 'coin-' || i, 'new', 1, '{}', '${columns.by ?? 'matcher'}',
         ${columns.revoked_at ?? 'NULL'}::timestamptz, ${columns.settled_at ?? 'NULL'}::timestamptz
  FROM ${listings} AS i`;

describe('the links of a large first pass', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are all settled, in a table that PostgreSQL has not looked at since it was empty', async () => {
    const { dataSource } = database;
    // As it is within the run that fills it.
    await dataSource.query('ALTER TABLE identity_links SET (autovacuum_enabled = false)');
    await dataSource.query(link(`generate_series(1, ${3 * LINKS}, 3)`, {}));
    await dataSource.query(link(`generate_series(2, 20, 3)`, { by: 'person' }));
    await dataSource.query(link(`generate_series(3, 21, 3)`, { settled_at: `'2026-01-01Z'` }));
    await dataSource.query(link(`generate_series(1, 19, 3)`, { revoked_at: `'2026-01-01Z'` }));

    await dataSource.transaction((manager) => new IdentityLinks(new CrosswalkBook([])).settle(manager));

    const kinds = await dataSource.query<unknown[]>(
      `SELECT decided_by, revoked_at IS NOT NULL AS revoked,
              CASE WHEN settled_at IS NULL THEN 'open' WHEN settled_at < '2026-01-02Z' THEN 'before' ELSE 'now' END AS settled,
              count(*)::int AS links
       FROM identity_links GROUP BY 1, 2, 3 ORDER BY links DESC, 1, 2, 3`,
    );
    expect(kinds).toEqual([
      { decided_by: 'matcher', revoked: false, settled: 'now', links: LINKS },
      { decided_by: 'matcher', revoked: false, settled: 'before', links: 7 },
      { decided_by: 'matcher', revoked: true, settled: 'open', links: 7 },
      { decided_by: 'person', revoked: false, settled: 'open', links: 7 },
    ]);
  });
});
