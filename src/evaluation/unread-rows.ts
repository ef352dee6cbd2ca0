const MOST_NAMED = 20;

/** Rows of the files that were not read as they stand: each is counted, and the first of each file are named. */
export class UnreadRows {
  private readonly byFile = new Map<string, string[]>();

  /** `row`: which one, counted from 1 as whoever opens the file would count. */
  add(file: string, row: string, why: string): void {
    const rows = this.byFile.get(file) ?? [];
    rows.push(`${row}: ${why}`);
    this.byFile.set(file, rows);
  }

  get count(): number {
    return [...this.byFile.values()].reduce((sum, rows) => sum + rows.length, 0);
  }

  lines(): string[] {
    return [...this.byFile].flatMap(([file, rows]) => [
      `${file}: not everything could be used as it stands (${rows.length})`,
      ...rows.slice(0, MOST_NAMED).map((row) => `  ${row}`),
      ...(rows.length > MOST_NAMED ? [`  and ${rows.length - MOST_NAMED} more`] : []),
    ]);
  }
}
