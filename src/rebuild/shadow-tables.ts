import type { EntityManager } from 'typeorm';
import { nextOf } from '../ingestion/listing-ids.js';

/** Whatever follows from pages and decisions. */
const SHADOWED = [
  'coins',
  'listings',
  'listing_contracts',
  'quotes',
  'identity_links',
  'identity_settlements',
  'identity_decisions',
  'quarantine',
  'source_schemas',
  'etl_checkpoints',
] as const;

export type Shadowed = (typeof SHADOWED)[number];

/** Columns that statements and defaults fill with the time of their transaction. */
const TIMES: Partial<Record<Shadowed, readonly string[]>> = {
  coins: ['created_at', 'updated_at'],
  identity_links: ['decided_at', 'settled_at', 'revoked_at'],
  identity_settlements: ['settled_at'],
  identity_decisions: ['undone_at'],
  quarantine: ['quarantined_at'],
  source_schemas: ['first_seen_at', 'last_seen_at'],
};

const IDS: Partial<Record<Shadowed, string>> = {
  identity_links: 'link_id',
  quarantine: 'quarantine_id',
};

/** The time that is being replayed. */
const THEN = 'mintmark.then';

/**
 * Temporary tables of the served ones' names, which hide those from every statement of this connection: what loads a
 * page and what decides on it write here without knowing. Nobody else sees them, and they go with the connection,
 * however that ends. `manager` must be of one connection. Returns the schema in which the served tables are.
 */
export async function makeShadowTables(manager: EntityManager): Promise<string> {
  const rows: { schema: string }[] = await manager.query('SELECT quote_ident(current_schema()) AS schema');
  const schema = rows[0]?.schema ?? 'public';
  await manager.query(`SET temp_buffers = '64MB'`);
  for (const table of SHADOWED) {
    await manager.query(
      `CREATE TEMPORARY TABLE ${table} (LIKE ${schema}.${table} INCLUDING ALL EXCLUDING IDENTITY)`,
    );
    await keepThen(manager, table, TIMES[table] ?? []);
    const id = IDS[table];
    if (id !== undefined)
      await manager.query(
        `ALTER TABLE pg_temp.${table} ALTER ${id} SET DEFAULT nextval(pg_get_serial_sequence('${schema}.${table}', '${id}'))`,
      );
  }
  await manager.query(
    'CREATE TEMPORARY TABLE kept_pages (raw_page_id bigint PRIMARY KEY, replayed boolean NOT NULL DEFAULT false)',
  );
  return schema;
}

/** A table's columns, quoted: migrations add some without looking here. */
export async function columnsOf(manager: EntityManager, table: Shadowed): Promise<readonly string[]> {
  const rows: { name: string }[] = await manager.query(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
     WHERE attrelid = 'pg_temp.${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows.map(({ name }) => name);
}

/** What is written until the end of the transaction bears this time instead of its own; null: its own again. */
export async function replayAt(manager: EntityManager, time: Date | null): Promise<void> {
  await manager.query('SELECT set_config($1, $2, true)', [THEN, time?.toISOString() ?? '']);
}

/** A new table has no statistics, and nobody but us can gather them. */
export async function analyseShadows(manager: EntityManager): Promise<void> {
  for (const table of SHADOWED) await manager.query(`ANALYZE ${table}`);
}

async function keepThen(manager: EntityManager, table: Shadowed, columns: readonly string[]): Promise<void> {
  const then = `current_setting('${THEN}', true)`;
  const stamps = columns.map((column) => `IF NEW.${column} = now() THEN NEW.${column} := ${then}; END IF;`);
  if (table === 'source_schemas')
    stamps.push(
      `IF NEW.change IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.change IS DISTINCT FROM OLD.change) THEN
         NEW.change := jsonb_set(NEW.change, '{detected_at}', to_jsonb(${then}));
       END IF;`,
    );
  if (stamps.length === 0) return;
  const body = `IF ${then} <> '' THEN ${stamps.join('\n')} END IF;`;
  await beforeWriting(manager, table, 'INSERT OR UPDATE', 'keep_then', body);
}

/** A listing keeps the id it has, which people and quotes name it by. */
export function idKept(schema: string): string {
  return `coalesce(
    (SELECT l.listing_id FROM ${schema}.listings l WHERE l.source = $1 AND l.source_coin_id = i.source_coin_id),
    ${nextOf(`'${schema}.listings'`)})`;
}

async function beforeWriting(
  manager: EntityManager,
  table: Shadowed,
  occasion: string,
  name: string,
  body: string,
): Promise<void> {
  await manager.query(
    `CREATE FUNCTION pg_temp.${table}_${name}() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN ${body} RETURN NEW; END $$`,
  );
  await manager.query(
    `CREATE TRIGGER ${name} BEFORE ${occasion} ON pg_temp.${table}
     FOR EACH ROW EXECUTE FUNCTION pg_temp.${table}_${name}()`,
  );
}
