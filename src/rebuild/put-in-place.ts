import type { EntityManager } from 'typeorm';
import { bumpDataVersion } from '../database/data-version.js';
import { oldestQuote } from '../database/quote-partitions.js';
import * as sql from './put-in-place.queries.js';
import { columnsOf } from './shadow-tables.js';
import type { Shadowed } from './shadow-tables.js';

/** Rows of the served tables that a rebuild changed. */
export type Changes = Readonly<Record<string, { added: number; changed: number; removed: number }>>;

interface Rule {
  readonly keys: readonly string[];
  /** Columns that alone make no row another, and stay. */
  readonly ignored?: readonly string[];
}

const RULES = {
  coins: { keys: ['coin_id'], ignored: ['created_at', 'updated_at', 'merged_into'] },
  listings: { keys: ['listing_id'] },
  listing_contracts: { keys: ['source', 'source_coin_id', 'chain_key', 'address_key'] },
  quotes: { keys: ['listing_id', 'quoted_at'] },
  source_schemas: { keys: ['source', 'feed', 'field'], ignored: ['first_seen_at', 'last_seen_at'] },
  identity_links: { keys: ['link_id'] },
  identity_settlements: { keys: ['last_link_id'] },
  quarantine: { keys: ['quarantine_id'] },
} as const satisfies Partial<Record<Shadowed, Rule>>;

type Ruled = keyof typeof RULES;

interface Conditions {
  readonly served: string;
  readonly quoteRetentionDays: number;
  /** Whether every page there ever was has been replayed: then what no page made isn't there. */
  readonly complete: boolean;
}

/** Makes the shadows the served state. In one transaction, under the locks of `lockServed`. */
export async function putInPlace(
  manager: EntityManager,
  { served, quoteRetentionDays, complete }: Conditions,
): Promise<Changes> {
  const place = new Place(manager, served);
  await place.forwardCoins();
  await manager.query(sql.driftNotes(served));
  const oldest = oldestQuote(new Date(), quoteRetentionDays).toISOString();
  const own = (condition: string): string => (complete ? 'true' : condition);

  // What refers goes before what it refers to, and comes after it.
  await manager.query(`DELETE FROM ${served}.identity_links`);
  await manager.query(`DELETE FROM ${served}.identity_settlements`);
  await place.add('coins', ['merged_into']);
  await place.change('coins');
  await place.remove('listings', 'true');
  await place.change('listings');
  await place.add('listings');
  await place.pointSignposts();
  await place.remove('coins', 'true');
  await place.add('identity_links');
  await place.add('identity_settlements');

  await place.remove('quotes', own(sql.OWN_QUOTES));
  await place.change('quotes', `n.quoted_at >= '${oldest}'`);
  await place.add('quotes', [], `n.quoted_at >= '${oldest}'`);
  await place.remove('listing_contracts', own(sql.CATALOGUE_REPLAYED));
  await place.change('listing_contracts');
  await place.add('listing_contracts');
  await place.remove('source_schemas', own(sql.SCHEMA_REPLAYED));
  await place.change('source_schemas');
  await place.add('source_schemas');
  await manager.query(sql.removeQuarantined(served));
  await place.add('quarantine');
  await manager.query(sql.rewriteDecisions(served));
  await manager.query(sql.countListings(served));
  await bumpDataVersion(manager);
  return place.changes;
}

class Place {
  readonly changes: Record<string, { added: number; changed: number; removed: number }> = {};

  constructor(
    private readonly manager: EntityManager,
    private readonly served: string,
  ) {}

  async forwardCoins(): Promise<void> {
    const columns = await columnsOf(this.manager, 'coins');
    await this.manager.query(sql.forwardCoins(this.served, columns));
    await this.manager.query(sql.forwardSignposts(this.served, columns));
    await this.manager.query(sql.SHORTEN_WAYS);
    await this.manager.query(sql.EMPTY_SIGNPOSTS);
  }

  async pointSignposts(): Promise<void> {
    await this.manager.query(sql.change(this.served, 'coins', RULES.coins.keys, ['merged_into']));
  }

  async remove(table: Ruled, condition: string): Promise<void> {
    const statement = sql.remove(this.served, table, RULES[table].keys, condition);
    const [, removed]: [unknown, number] = await this.manager.query(statement);
    this.count(table).removed += removed;
  }

  async change(table: Ruled, condition?: string): Promise<void> {
    const rule: Rule = RULES[table];
    const fixed = new Set([...rule.keys, ...(rule.ignored ?? [])]);
    const columns = (await columnsOf(this.manager, table)).filter((column) => !fixed.has(column));
    const statement = sql.change(this.served, table, rule.keys, columns, condition);
    const [, changed]: [unknown, number] = await this.manager.query(statement);
    this.count(table).changed += changed;
  }

  async add(table: Ruled, without: readonly string[] = [], condition?: string): Promise<void> {
    const columns = (await columnsOf(this.manager, table)).filter((column) => !without.includes(column));
    const statement = sql.add(this.served, table, RULES[table].keys, columns, condition);
    const rows: { added: number }[] = await this.manager.query(statement);
    this.count(table).added += rows[0]?.added ?? 0;
  }

  private count(table: Ruled): { added: number; changed: number; removed: number } {
    return (this.changes[table] ??= { added: 0, changed: 0, removed: 0 });
  }
}
