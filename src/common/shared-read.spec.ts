import { SharedRead } from './shared-read.js';

describe('SharedRead', () => {
  let reads: { end: (value: string) => void; fail: (error: Error) => void }[];
  let shared: SharedRead<string>;

  beforeEach(() => {
    reads = [];
    shared = new SharedRead(
      () => new Promise((resolve, reject) => reads.push({ end: resolve, fail: reject })),
    );
  });

  it('reads once more for all who asked after a read had begun', async () => {
    const first = shared.ask();
    const later = [shared.ask(), shared.ask(), shared.ask()];
    expect(reads).toHaveLength(1);
    reads[0]?.end('old');
    expect(await first).toBe('old');
    await Promise.resolve();
    expect(reads).toHaveLength(2);
    reads[1]?.end('new');
    expect(await Promise.all(later)).toEqual(['new', 'new', 'new']);
    expect(reads).toHaveLength(2);
  });

  it('reads at once when nothing is being read', async () => {
    const first = shared.ask();
    reads[0]?.end('one');
    await first;
    const second = shared.ask();
    expect(reads).toHaveLength(2);
    reads[1]?.end('two');
    expect(await second).toBe('two');
  });

  it('fails only for those whose read failed', async () => {
    const first = shared.ask();
    const second = shared.ask();
    reads[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await Promise.resolve();
    reads[1]?.end('back');
    expect(await second).toBe('back');
  });
});
