/** Rows to take a page of. */
export interface RowSet {
  readonly table: string;
  readonly condition: string;
  readonly columns: string;
  /** What decides between rows of equal keys. */
  readonly ties: readonly string[];
  /** What picks the row that was `found`. */
  readonly isFound: string;
}

interface Order {
  readonly key: string;
  readonly descending: boolean;
}

/** As SQL. */
interface Limits {
  readonly limit: string;
  readonly offset: string;
}

const columns = (names: readonly string[], prefix = ''): string =>
  names.map((name) => `${prefix}${name}`).join(', ');

/** Nulls are last and ties ascend in either direction. */
export const orderOf = ({ key, descending }: Order, ties: readonly string[], prefix = ''): string =>
  `${prefix}${key} ${descending ? 'DESC' : 'ASC'} NULLS LAST, ${columns(ties, prefix)}`;

/** What a filter leaves, found once for the page and the count. */
export const found = (rows: RowSet, key: string): string => `
  WITH found AS MATERIALIZED (
    SELECT ${columns(rows.ties)}, ${key} AS sort_key FROM ${rows.table} WHERE ${rows.condition}
  )`;

/** A page of that; the limit keeps the planner from reading the whole table to join a page's rows. */
export const fromFound = (rows: RowSet, order: Order, { limit, offset }: Limits): string => `
  SELECT own.*, found.sort_key
  FROM (SELECT * FROM found ORDER BY ${orderOf({ ...order, key: 'sort_key' }, rows.ties)}
        LIMIT ${limit} OFFSET ${offset}) AS found
  CROSS JOIN LATERAL (SELECT ${rows.columns} FROM ${rows.table} WHERE ${rows.isFound} LIMIT 1) AS own`;

/** A page in the order of its index, or of what is sorted for it. */
export const fromItsBeginning = (rows: RowSet, order: Order, { limit, offset }: Limits): string => `
  SELECT ${rows.columns}, ${order.key} AS sort_key FROM ${rows.table} WHERE ${rows.condition}
  ORDER BY ${orderOf(order, rows.ties)} LIMIT ${limit} OFFSET ${offset}`;

/**
 * The same page, read from an index that has the opposite direction. From its other end that has nulls first and ties
 * descending; but which keys stand at which places it tells all the same. So the keys up to the page's end are
 * read, and then the page's rows of each, which the index holds in the order of ties; nulls come after all keys.
 */
export function fromTheOtherEnd(rows: RowSet, { key, descending }: Order, { limit, offset }: Limits): string {
  const direction = descending ? 'DESC' : 'ASC';
  const keyed = `SELECT ${rows.columns}, ${key} AS sort_key FROM ${rows.table} WHERE ${rows.condition}`;
  // Of equal keys any direction is the same. The index's own, and limits instead of an equality, let the planner see
  // that nothing must be sorted, however many it takes to be equal.
  const asIndexed = `ORDER BY ${orderOf({ key, descending: !descending }, rows.ties)}`;
  return `
  WITH keys AS MATERIALIZED (
    SELECT ${key} AS value FROM ${rows.table} WHERE ${rows.condition} AND ${key} IS NOT NULL
    ORDER BY ${key} ${direction} NULLS FIRST LIMIT ${limit} + ${offset}
  ), places AS (
    SELECT value, times, (sum(times) OVER (ORDER BY value ${direction}) - times)::bigint AS earlier
    FROM (SELECT value, count(*) AS times FROM keys GROUP BY value) AS counted
  )
  SELECT tied.* FROM places CROSS JOIN LATERAL (
    ${keyed} AND ${key} >= places.value AND ${key} <= places.value ${asIndexed}
    LIMIT ${limit} + ${offset} - greatest(places.earlier, ${offset}) OFFSET greatest(${offset} - places.earlier, 0)
  ) AS tied
  WHERE places.earlier + places.times > ${offset}
  UNION ALL
  (${keyed} AND ${key} IS NULL ${asIndexed}
   LIMIT (SELECT ${limit} + ${offset} - greatest(count(*), ${offset}) FROM keys)
   OFFSET (SELECT greatest(${offset} - count(*), 0) FROM keys))`;
}
