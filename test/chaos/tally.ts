/** More of them say nothing more. */
const MOST_VIOLATIONS = 50;

export function befalling(fate: string): string {
  return `${fate} of a replica`;
}

/** What was injected, how often, what was checked, and what was found. */
export class Tally {
  readonly injected = new Map<string, number>();
  readonly checked = new Map<string, number>();
  readonly violations: string[] = [];
  /** All of them, those that are not kept included. */
  found = 0;

  inject(what: string, times = 1): void {
    this.injected.set(what, (this.injected.get(what) ?? 0) + times);
  }

  /** How often something befell a replica. */
  times(...fates: readonly string[]): number {
    return fates.reduce((sum, fate) => sum + (this.injected.get(befalling(fate)) ?? 0), 0);
  }

  check(what: string, times = 1): void {
    this.checked.set(what, (this.checked.get(what) ?? 0) + times);
  }

  violated(when: string, violations: readonly string[]): void {
    this.found += violations.length;
    for (const violation of violations)
      if (this.violations.length < MOST_VIOLATIONS) this.violations.push(`${when}: ${violation}`);
  }

  table(): string {
    const lines = [
      ...[...this.injected].map(([what, times]) => ['injected', what, times] as const),
      ...[...this.checked].map(([what, times]) => ['checked', what, times] as const),
      ['found', 'violations', this.found] as const,
    ];
    const width = Math.max(...lines.map(([, what]) => what.length));
    return lines
      .map(([kind, what, times]) => `${kind.padEnd(9)} ${what.padEnd(width)} ${String(times).padStart(8)}`)
      .join('\n');
  }
}
