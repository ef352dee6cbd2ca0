import { readSettings } from '../../src/config/read-settings.js';
import { RebuildGround } from '../support/rebuild-ground.js';

jest.setTimeout(120_000);

describe('a rebuild from raw pages', () => {
  let ground: RebuildGround;
  let before: Record<string, unknown[]>;
  const damage = (statement: string): Promise<unknown[]> => ground.service.rows(statement);
  const listingIds = (): Promise<unknown[]> =>
    ground.service.rows('SELECT listing_id, source, source_coin_id FROM listings ORDER BY 1');

  beforeAll(async () => {
    ground = await RebuildGround.open();
    before = await ground.state();
  });
  afterAll(() => ground.close());

  it('is of something: links of every kind, quarantined records, signposts', () => {
    const count = (part: string, key: string, value: unknown): number =>
      (before[part] as Record<string, unknown>[]).filter((row) => row[key] === value).length;
    for (const method of ['own', 'contract', 'symbol_name', 'crosswalk', 'pinned', 'split'])
      expect({ method, links: count('links', 'method', method) }).not.toEqual({ method, links: 0 });
    expect(before.quarantine?.length).toBeGreaterThan(2);
    expect(before.coins?.length).toBeGreaterThan(count('coins', 'merged_into', null));
    expect(count('shapes', 'change', 'new')).toBeGreaterThan(0);
    expect(count('shapes', 'change', 'gone')).toBeGreaterThan(0);
    expect(count('shapes', 'field', 'passing')).toBe(0);
    expect(count('runs', 'status', 'interrupted')).toBe(1);
  });

  it('leaves everything as it is, ids and runs included, and rewrites no row', async () => {
    const ids = await listingIds();
    const { changes, ...rebuilt } = await ground.rebuild();
    expect(rebuilt).toMatchObject({ pages: 24, skipped: [], unsaid: [], complete: true });
    expect(await ground.state()).toEqual(before);
    expect(await listingIds()).toEqual(ids);
    for (const table of ['coins', 'listings', 'quotes', 'listing_contracts'])
      expect({ table, ...changes[table] }).toEqual({ table, added: 0, changed: 0, removed: 0 });
  });

  it.each([
    [
      'numbers',
      `UPDATE listings SET price = 666, name = 'X', symbol_key = 'x' WHERE source_coin_id LIKE '%1%'`,
    ],
    ['coins', `UPDATE coins SET price = 1, rank = 1, name = 'Y', price_status = 'single'`],
    ['signposts', `UPDATE coins SET merged_into = 'coin-1' WHERE coin_id LIKE 'coin-20%'`],
    ['history', `DELETE FROM quotes WHERE price > 3`],
    ['history by hand', `UPDATE quotes SET price = price * 2, rank = NULL`],
    ['contracts', `DELETE FROM listing_contracts`],
    ['contracts by hand', `UPDATE listing_contracts SET address_key = 'wrong'`],
    ['quarantine', `DELETE FROM quarantine`],
    ['shapes', `UPDATE source_schemas SET type = 'boolean', null_share = 0.5`],
    ['links to other coins', `UPDATE listings SET coin_id = 'coin-1' WHERE source_coin_id LIKE '%2%'`],
    [
      'links',
      `DELETE FROM identity_links WHERE decided_by = 'matcher' AND listing_id IN (SELECT listing_id FROM listings)`,
    ],
    ['doubts', `UPDATE identity_links SET candidates = '[]', suspect = '["nonsense"]'`],
    ['what is settled', `DELETE FROM identity_settlements; UPDATE identity_links SET settled_at = NULL`],
    ['counts', `UPDATE etl_checkpoints SET listings = 3`],
  ])('brings back what was lost or altered: %s', async (_what, statement) => {
    await damage(statement);
    expect(await ground.state()).not.toEqual(before);
    await ground.rebuild();
    expect(await ground.state()).toEqual(before);
  });

  it.each(['coingecko', 'coinpaprika,coingecko'])(
    'settles when it was settled, also where only %s is asked today',
    async (SOURCES) => {
      const settings = readSettings({ ...ground.settings, SOURCES });
      await ground.rebuild({ settings });
      expect((await ground.state()).links).toEqual(before.links);
      await ground.rebuild();
      expect(await ground.state()).toEqual(before);
    },
  );

  it('goes by when a page was loaded, not by when its replica thought that it was fetched', async () => {
    const shift = async (by: string): Promise<void> => {
      await damage(`UPDATE etl_runs SET started_at = started_at ${by} interval '1 hour'`);
      await damage(`UPDATE raw_pages SET fetched_at = fetched_at ${by} interval '1 hour'`);
    };
    await shift('-');
    await ground.rebuild();
    expect((await ground.state()).links).toEqual(before.links);
    await shift('+');
    await ground.rebuild();
    expect(await ground.state()).toEqual(before);
  });

  it('brings back listings that are gone altogether', async () => {
    await damage(`
      DELETE FROM identity_links WHERE listing_id IN (SELECT listing_id FROM listings WHERE source = 'coingecko');
      DELETE FROM listings WHERE source = 'coingecko'`);
    const { changes, unsaid } = await ground.rebuild();
    expect(unsaid).toEqual([]);
    expect(changes.listings).toMatchObject({ changed: 0, removed: 0 });
    // The links of what a person decided on were deleted as well, and with them the words.
    const withoutWords = (state: Record<string, unknown[]>): object => ({
      ...state,
      links: (state.links as Record<string, unknown>[]).map((link) =>
        link.decided_by === 'person' ? { ...link, evidence: null } : link,
      ),
    });
    expect(withoutWords(await ground.state())).toEqual(withoutWords(before));
  });

  it('leaves decisions that can still be undone, and their words', async () => {
    const { body } = await ground.send('GET', '/identity/decisions');
    const decisions: { decision_id: number; kind: string; undone_at: string | null }[] = body.data;
    for (const { decision_id, undone_at } of decisions)
      if (undone_at === null) await ground.send('POST', `/identity/decisions/${decision_id}/undo`);
    expect((await ground.service.get('/coins/other')).body.data.coin_id).toBe('other');
    const undone = await ground.state();
    await ground.rebuild();
    expect(await ground.state()).toEqual(undone);
  });
});
