interface Sourced {
  readonly source: string;
  readonly sourceCoinId: string;
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The most trusted source first, those not named last, by name. Two listings of one source stand by the source's
 * own ids: ours would make the order depend on which of them came first.
 */
export function byTrust(preference: readonly string[]): (a: Sourced, b: Sourced) => number {
  const place = (source: string): number => {
    const index = preference.indexOf(source);
    return index === -1 ? preference.length : index;
  };
  return (a, b) =>
    place(a.source) - place(b.source) || text(a.source, b.source) || text(a.sourceCoinId, b.sourceCoinId);
}
