import { CrosswalkBook } from '../../src/identity/crosswalk-book.js';
import { IdentityLinks } from '../../src/identity/identity-links.js';
import { isSettled, REVOKE } from '../../src/identity/settled-links.queries.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const LINKS = 20_000;

const link = (listings: string, settled: string | null = null): string => `
  INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, decided_by, settled_at)
  SELECT i, 'coin-' || i, 'new', 1, '{}', 'matcher', ${settled === null ? 'NULL' : `'${settled}'`}::timestamptz
  FROM ${listings} AS i`;

describe('the links of a first pass', () => {
  let database: TestDatabase;

  const settle = (): Promise<void> =>
    database.dataSource.transaction((manager) => new IdentityLinks(new CrosswalkBook([])).settle(manager));
  const rows = <Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> =>
    database.dataSource.query(statement, parameters);
  const revoked = (listing: number): Promise<unknown[]> =>
    rows(
      `SELECT k.settled_at = s.settled_at AS settled_then
       FROM identity_links k LEFT JOIN identity_settlements s ON s.last_link_id = $2
       WHERE listing_id = $1 AND revoked_at IS NOT NULL`,
      [listing, LINKS],
    );

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are all settled, and none is written for it', async () => {
    await rows(link(`generate_series(1, ${LINKS})`));
    const versions = (): Promise<unknown[]> =>
      rows('SELECT count(DISTINCT xmin::text) AS versions, max(xmin::text) AS last FROM identity_links');
    const before = await versions();
    await settle();
    expect(await versions()).toEqual(before);
    expect(
      await rows(
        `SELECT ${isSettled('k')} AS settled, count(*)::int AS links FROM identity_links k GROUP BY 1`,
      ),
    ).toEqual([{ settled: true, links: LINKS }]);
  });

  it('that come later are open until the next pass ends, and one that is settled by itself is not', async () => {
    await rows(link('generate_series(50001, 50003)'));
    await rows(link('generate_series(50004, 50004)', '2026-01-01Z'));
    const open = (): Promise<unknown[]> =>
      rows(`SELECT listing_id FROM identity_links k WHERE NOT ${isSettled('k')} ORDER BY listing_id::bigint`);
    expect(await open()).toEqual([{ listing_id: '50001' }, { listing_id: '50002' }, { listing_id: '50003' }]);

    await rows(REVOKE, [[50001, 7]]);
    await settle();
    await settle();
    expect(await rows('SELECT last_link_id::int FROM identity_settlements ORDER BY 1')).toEqual([
      { last_link_id: LINKS },
      { last_link_id: LINKS + 4 },
    ]);
    expect(await open()).toEqual([]);
  });

  it('that are taken back say whether they were settled', async () => {
    expect(await revoked(7)).toEqual([{ settled_then: true }]);
    expect(await revoked(50001)).toEqual([{ settled_then: null }]);
  });
});
