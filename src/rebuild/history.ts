import type { EntityManager } from 'typeorm';
import * as sql from './history.queries.js';
import type { KeptPage, PersonsWord, RunEnd } from './replay-order.js';

/** What made the state, as far as it is kept. */
export interface History {
  readonly pages: readonly KeptPage[];
  readonly ends: readonly RunEnd[];
  readonly words: readonly PersonsWord[];
  /** Whether no page is past its retention: then everything can be replayed, from nothing. */
  readonly complete: boolean;
}

export async function readHistory(manager: EntityManager): Promise<History> {
  const pages: { source: string; raw_page_id: string; run_id: string; at: Date }[] = await manager.query(
    sql.KEPT_PAGES,
  );
  const ends: {
    source: string;
    run_id: string;
    status: string;
    at: Date;
    whole: boolean;
    ends_pass: boolean;
    settled: boolean | null;
  }[] = await manager.query(sql.RUN_ENDS);
  const words: WordRow[] = await manager.query(sql.PERSONS_WORDS);
  const kept: { all_kept: boolean }[] = await manager.query(sql.ALL_KEPT);
  return {
    pages: pages.map(({ source, raw_page_id, run_id, at }) => ({
      kind: 'page',
      source,
      rawPageId: raw_page_id,
      runId: run_id,
      at,
    })),
    ends: ends.flatMap(({ source, run_id, status, at, whole, ends_pass, settled }) =>
      status === 'success' || status === 'failed' || (status === 'interrupted' && ends_pass)
        ? [
            {
              kind: 'end',
              source,
              runId: run_id,
              status,
              whole,
              endsPass: ends_pass,
              settled,
              at,
            },
          ]
        : [],
    ),
    words: words.flatMap(wordsOf),
    complete: kept[0]?.all_kept === true,
  };
}

export interface WordRow {
  readonly decision_id: string;
  /** Null: that it was decided is known. */
  readonly decided_at: Date | null;
  readonly undone_at: Date | null;
}

export function wordsOf({ decision_id: decisionId, decided_at, undone_at }: WordRow): PersonsWord[] {
  return [
    ...(decided_at === null ? [] : [{ kind: 'decided' as const, decisionId, at: decided_at }]),
    ...(undone_at === null ? [] : [{ kind: 'undone' as const, decisionId, at: undone_at }]),
  ];
}
