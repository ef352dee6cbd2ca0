import { replayOrder } from './replay-order.js';
import type { KeptPage, PersonsWord, ReplayEvent, RunEnd } from './replay-order.js';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const page = (rawPageId: number, source: string, runId: number, second: number): KeptPage => ({
  kind: 'page',
  source,
  rawPageId: String(rawPageId),
  runId: String(runId),
  at: at(second),
});
const end = (source: string, runId: number, second: number): RunEnd => ({
  kind: 'end',
  source,
  runId: String(runId),
  status: 'success',
  whole: true,
  endsPass: true,
  settled: null,
  at: at(second),
});
const word = (decisionId: number, second: number): PersonsWord => ({
  kind: 'decided',
  decisionId: String(decisionId),
  at: at(second),
});
const said = (events: readonly ReplayEvent[]): string[] =>
  events.map((event) =>
    event.kind === 'page'
      ? `page ${event.rawPageId}`
      : event.kind === 'end'
        ? `end ${event.runId}`
        : `word ${event.decisionId}`,
  );

describe('the order in which everything is replayed', () => {
  it('takes pages by their ids, and puts between them what happened then', () => {
    const pages = [page(3, 'a', 1, 10), page(5, 'b', 2, 12), page(6, 'a', 3, 30)];
    const order = replayOrder(pages, [end('b', 2, 13), end('a', 1, 11)], [word(1, 40), word(2, 5)]);
    expect(said(order)).toEqual(['word 2', 'page 3', 'end 1', 'page 5', 'end 2', 'page 6', 'word 1']);
  });

  it('believes the pages’ ids before a clock', () => {
    const pages = [page(1, 'a', 1, 20), page(2, 'b', 2, 10), page(3, 'b', 2, 21)];
    expect(said(replayOrder(pages, [], [word(1, 15), word(2, 20)]))).toEqual([
      'word 1',
      'page 1',
      'page 2',
      'word 2',
      'page 3',
    ]);
  });

  it('never ends a run before its last page, nor after the next run’s first', () => {
    const pages = [page(1, 'a', 1, 10), page(2, 'a', 1, 11), page(3, 'b', 2, 12), page(4, 'a', 4, 13)];
    expect(said(replayOrder(pages, [end('a', 1, 5)], []))).toEqual([
      'page 1',
      'page 2',
      'end 1',
      'page 3',
      'page 4',
    ]);
    expect(said(replayOrder(pages, [end('a', 1, 50)], []))).toEqual([
      'page 1',
      'page 2',
      'page 3',
      'end 1',
      'page 4',
    ]);
  });

  it('has a place for runs without a page, in their own order', () => {
    const pages = [page(1, 'a', 1, 10), page(2, 'a', 5, 20)];
    const ends = [end('a', 5, 21), end('a', 3, 40), end('a', 2, 15), end('a', 1, 11), end('b', 4, 9)];
    expect(said(replayOrder(pages, ends, []))).toEqual([
      'end 4',
      'page 1',
      'end 1',
      'end 2',
      'end 3',
      'page 2',
      'end 5',
    ]);
  });
});
