import type { LinkPlan } from '../identity/link-plan.js';

/**
 * Gives the new coins of a plan the names of the coins that their listings come from, where nobody else has those
 * names now: a coin that is decided on anew stays the coin it is for those who ask for it. `newNames` are the names
 * the plan made up; `comesFrom` says which coin a listing was in; `free` whether nothing is left of that.
 */
export function withKeptNames(
  plan: LinkPlan,
  newNames: ReadonlySet<string>,
  comesFrom: (listingId: string) => string | undefined,
  free: (coinId: string) => boolean,
): LinkPlan {
  const used = new Set(plan.links.map(({ coinId }) => coinId));
  const kept = new Map<string, string>();
  for (const name of newNames) {
    const former = plan.links
      .filter(({ coinId }) => coinId === name)
      .flatMap(({ listingId }) => comesFrom(listingId) ?? []);
    const keep = [...new Set(former)]
      .filter((coinId) => !used.has(coinId) && free(coinId))
      // The name of most of them; of equals the first by itself, so that no order shows.
      .sort((a, b) => count(former, b) - count(former, a) || (a < b ? -1 : 1))[0];
    if (keep === undefined) continue;
    kept.set(name, keep);
    used.add(keep);
  }
  return {
    ...plan,
    found: plan.found.filter(({ coinId }) => !kept.has(coinId)),
    links: plan.links.map((link) => ({ ...link, coinId: kept.get(link.coinId) ?? link.coinId })),
  };
}

function count(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length;
}
