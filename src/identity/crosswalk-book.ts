import type { EntityManager } from 'typeorm';
import type { CrosswalkLine } from './crosswalk.js';
import { listingKey } from './listing-evidence.js';
import type { ListingKey } from './listing-evidence.js';

/** Coins that a person merged into another, with the one that is today. $1 coins */
const MERGED = `
  SELECT DISTINCT c.coin_id, c.merged_into
  FROM identity_decisions d
  CROSS JOIN jsonb_array_elements(d.moves) AS m(move)
  JOIN coins c ON c.coin_id = m.move->>'coin_before'
  WHERE d.kind = 'merge' AND d.undone_at IS NULL AND c.merged_into IS NOT NULL AND c.coin_id = ANY($1::text[])`;

/** The curated crosswalk, as it was read at start. */
export class CrosswalkBook {
  private readonly coins: ReadonlyMap<string, string>;
  private readonly named: ReadonlySet<string>;

  constructor(readonly entries: readonly CrosswalkLine[]) {
    this.coins = new Map(entries.map((entry) => [listingKey(entry), entry.coinId]));
    this.named = new Set(entries.map((entry) => entry.coinId));
  }

  /** Whether it calls a coin so. */
  names(coinId: string): boolean {
    return this.named.has(coinId);
  }

  /** The same, with what its names mean since persons have merged coins: their word beats the file's. */
  async today(manager: EntityManager): Promise<CrosswalkBook> {
    if (this.named.size === 0) return this;
    const rows: { coin_id: string; merged_into: string }[] = await manager.query(MERGED, [[...this.named]]);
    if (rows.length === 0) return this;
    const goals = new Map(rows.map((row) => [row.coin_id, row.merged_into]));
    return new CrosswalkBook(
      this.entries.map((entry) => ({ ...entry, coinId: goals.get(entry.coinId) ?? entry.coinId })),
    );
  }

  /** The coins these listings are, of those it knows. */
  coinsOf(listings: readonly ListingKey[]): readonly string[] {
    return [...new Set(listings.flatMap((listing) => this.coins.get(listingKey(listing)) ?? []))];
  }
}
