/*
 * How many rows there are of what lists say `total_count` of: kept as rows are written, since counting them would
 * take longer the more there are. Triggers, so that no writer can forget it, a rebuild included.
 */

/** Each count's name, with its condition, by table. */
const COUNTED = {
  coins: { coins: 'merged_into IS NULL', divergent_coins: 'divergence IS NOT NULL' },
  identity_links: {
    ambiguous_listings: `revoked_at IS NULL AND candidates <> '[]'::jsonb`,
    suspect_listings: 'revoked_at IS NULL AND suspect IS NOT NULL',
  },
} as const;

/**
 * Whoever changes a count takes the rows of it that nobody else holds, and leaves one with their sum: nobody waits,
 * and there are as many rows as there were writers at once.
 */
const ROW_COUNTS = `
  CREATE TABLE row_counts (
    row_count_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    counted text NOT NULL,
    rows bigint NOT NULL
  )`;
const ADD_TO_COUNT = `
  CREATE FUNCTION add_to_count(what text, change bigint) RETURNS void LANGUAGE sql AS $$
    WITH held AS (
      DELETE FROM row_counts WHERE row_count_id IN (
        SELECT row_count_id FROM row_counts WHERE counted = what FOR UPDATE SKIP LOCKED)
      RETURNING rows
    )
    INSERT INTO row_counts (counted, rows) SELECT what, coalesce(sum(rows), 0) + change FROM held
  $$`;

/** Once a statement, so that loading a page costs no more for it than reading its rows once. */
function countingOf(table: keyof typeof COUNTED): readonly string[] {
  const counts = Object.entries(COUNTED[table]);
  const sums = counts.map(([, condition]) => `count(*) FILTER (WHERE ${condition})`).join(', ');
  const difference = counts.map((_, index) => `after[${index + 1}] - before[${index + 1}]`);
  return [
    `CREATE FUNCTION count_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
     DECLARE
       before bigint[] := array_fill(0, ARRAY[${counts.length}]);
       after bigint[] := before;
     BEGIN
       IF TG_OP <> 'INSERT' THEN before := (SELECT ARRAY[${sums}] FROM rows_before); END IF;
       IF TG_OP <> 'DELETE' THEN after := (SELECT ARRAY[${sums}] FROM rows_after); END IF;
       ${counts.map(([what], index) => `IF ${difference[index]} <> 0 THEN PERFORM add_to_count('${what}', ${difference[index]}); END IF;`).join('\n       ')}
       RETURN NULL;
     END $$`,
    ...[
      ['INSERT', 'NEW TABLE AS rows_after'],
      ['UPDATE', 'OLD TABLE AS rows_before NEW TABLE AS rows_after'],
      ['DELETE', 'OLD TABLE AS rows_before'],
    ].map(
      ([occasion, tables]) =>
        `CREATE TRIGGER count_${String(occasion).toLowerCase()} AFTER ${occasion} ON ${table}
         REFERENCING ${tables} FOR EACH STATEMENT EXECUTE FUNCTION count_${table}()`,
    ),
  ];
}

/** The tables must be there. */
export const KEPT_COUNTS = [
  ROW_COUNTS,
  ADD_TO_COUNT,
  ...countingOf('coins'),
  ...countingOf('identity_links'),
];
export const COUNTING_FUNCTIONS = ['count_coins', 'count_identity_links', 'add_to_count'];
