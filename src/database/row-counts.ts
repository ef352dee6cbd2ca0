type Counted = 'coins' | 'divergent_coins' | 'ambiguous_listings' | 'suspect_listings';

/** How many there are, as kept by the triggers of their table: counting them would take longer the more there are. */
export const rowCount = (counted: Counted): string =>
  `(SELECT coalesce(sum(rows), 0)::bigint FROM row_counts WHERE counted = '${counted}')`;
