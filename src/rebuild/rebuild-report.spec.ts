import { RebuildReport } from './rebuild-report.js';

describe('what a rebuild says', () => {
  const said: string[] = [];
  let now: number;
  const report = (): RebuildReport => {
    said.length = 0;
    now = 500;
    return new RebuildReport(
      (line) => said.push(line),
      () => now,
    );
  };
  const nothing = { pages: 0, records: 0, skipped: [], unsaid: [] };

  it('tells every two seconds how far it is, each skipped page once, and the end', () => {
    const line = report();
    line.progress(1, 200, { ...nothing, pages: 1, skipped: ['raw page 7'] });
    now += 2_000;
    line.progress(2, 200, { ...nothing, pages: 1, records: 9, skipped: ['raw page 7', 'raw page 8'] });
    now += 1_999;
    line.progress(199, 200, { ...nothing, pages: 3, records: 10, skipped: ['raw page 7', 'raw page 8'] });
    line.progress(200, 200, { ...nothing, pages: 4, records: 12, skipped: ['raw page 7', 'raw page 8'] });
    expect(said).toEqual([
      'Skipped raw page 7',
      'Skipped raw page 8',
      '1 %: 1 pages, 9 records, 2 s',
      '100 %: 4 pages, 12 records, 4 s',
    ]);
  });

  it('sums up what was changed, and what could not be as it was', () => {
    const line = report();
    now += 1_250;
    line.end({
      pages: 4,
      records: 12,
      skipped: ['raw page 7'],
      unsaid: ['decision 1 …'],
      complete: false,
      changes: {
        coins: { added: 0, changed: 0, removed: 0 },
        quotes: { added: 3, changed: 2, removed: 1 },
        identity_links: { added: 9, changed: 0, removed: 0 },
      },
    });
    expect(said).toEqual([
      'Not as it was: decision 1 …',
      'Pages past RAW_RETENTION_DAYS are gone: what is older than the first kept page was taken over.',
      'Changed: quotes (3 added, 2 changed, 1 removed).',
      'Rebuilt from 4 pages (1 skipped), 12 records, in 1.3 s.',
    ]);
  });

  it('says when nothing was changed', () => {
    const line = report();
    line.end({ ...nothing, complete: true, changes: { quarantine: { added: 1, changed: 0, removed: 0 } } });
    expect(said).toEqual([
      'Everything is as it was before.',
      'Rebuilt from 0 pages (0 skipped), 0 records, in 0.0 s.',
    ]);
  });
});
