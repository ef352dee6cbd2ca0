/** Where a new listing gets its id, as SQL: of the listing `i.source_coin_id` of the source `$1`. */
export class ListingIds {
  constructor(readonly newId = nextOf(`'listings'`)) {}
}

/** Of the sequence of `table`, whose name is looked up once a statement. */
export function nextOf(table: string): string {
  return `nextval((SELECT pg_get_serial_sequence(${table}, 'listing_id'))::regclass)`;
}
