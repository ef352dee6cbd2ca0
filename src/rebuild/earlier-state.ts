import type { EntityManager } from 'typeorm';
import * as sql from './earlier-state.queries.js';
import { columnsOf } from './shadow-tables.js';
import type { Shadowed } from './shadow-tables.js';

/** What the checkpoints knew before anything was loaded. */
const NOTHING_YET = {
  listings: '0',
  data_as_of: 'NULL',
  last_success_at: 'NULL',
  failures_in_a_row: '0',
};

/** The shadows as everything began. `served` is the schema of the served tables. */
export async function beginFromNothing(manager: EntityManager, served: string): Promise<void> {
  await takeOver(manager, served, 'etl_checkpoints', NOTHING_YET, 'true', []);
}

/**
 * The shadows as the served tables were at `time`, that of the first kept page, as far as they tell. `reference` are
 * the sources of reference data.
 */
export async function beginAt(
  manager: EntityManager,
  served: string,
  time: Date,
  reference: readonly string[],
): Promise<void> {
  await beginFromNothing(manager, served);
  for (const table of [
    'identity_links',
    'identity_settlements',
    'identity_decisions',
    'listing_contracts',
  ] as const) {
    const { changed, condition } = sql.BEFORE[table];
    await takeOver(manager, served, table, changed, condition, [time]);
  }
  await manager.query(sql.IN_FORCE_THEN, [time]);
  await takeOver(manager, served, 'listings', {}, sql.LISTED_THEN, []);
  await manager.query(sql.LINKED_THEN);
  await manager.query(sql.numbersThen(served), [time, reference]);
  await takeOver(manager, served, 'coins', {}, sql.COINS_THEN, []);
  await manager.query(sql.SIGNPOSTS_THEN);
  await manager.query(sql.CHECKPOINTS_THEN, [time]);
}

/** After the replay: listings that only pages had that could not be read stay what they are. */
export async function keepUnread(manager: EntityManager, served: string): Promise<void> {
  await takeOver(manager, served, 'listings', {}, sql.UNREAD_LISTINGS, []);
  await takeOver(manager, served, 'identity_links', sql.settledThen(served), sql.LINKS_OF_UNREAD, []);
  await takeOver(manager, served, 'coins', {}, sql.COINS_OF_UNREAD, []);
}

async function takeOver(
  manager: EntityManager,
  served: string,
  table: Shadowed,
  changed: Readonly<Record<string, string>>,
  condition: string,
  parameters: readonly unknown[],
): Promise<void> {
  const columns = await columnsOf(manager, table);
  await manager.query(sql.takeOver(served, table, columns, changed, condition), [...parameters]);
}
