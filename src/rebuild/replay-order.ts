/** A page that is kept. */
export interface KeptPage {
  readonly kind: 'page';
  readonly source: string;
  readonly rawPageId: string;
  readonly runId: string;
  readonly at: Date;
}

/** The end of a run; of one that was interrupted only where no other went on with its pass. */
export interface RunEnd {
  readonly kind: 'end';
  readonly source: string;
  readonly runId: string;
  readonly status: 'success' | 'failed' | 'interrupted';
  /** Whether every page of its pass, up to it, is kept. */
  readonly whole: boolean;
  /** Whether the next run of the source begins a pass anew. */
  readonly endsPass: boolean;
  /** Whether it settled links; null: that isn't known. */
  readonly settled: boolean | null;
  readonly at: Date;
}

/** A person's decision, or its being undone. */
export interface PersonsWord {
  readonly kind: 'decided' | 'undone';
  readonly decisionId: string;
  readonly at: Date;
}

export type ReplayEvent = KeptPage | RunEnd | PersonsWord;

/**
 * Everything that made the state, in the order it was committed in: `pages`, which come by their ids, and between
 * them what ended or was decided at that time. Clocks of replicas differ: whatever they say, a run's end comes after
 * its last page and before the next run's first.
 */
export function replayOrder(
  pages: readonly KeptPage[],
  ends: readonly RunEnd[],
  words: readonly PersonsWord[],
): readonly ReplayEvent[] {
  const placeAt = placesByTime(pages);
  const placed = [
    ...[...groupedBySource(ends)].flatMap(([source, ofSource]) =>
      placesOfEnds(
        pages.flatMap((page, index) =>
          page.source === source ? [{ runId: Number(page.runId), index }] : [],
        ),
        ofSource,
        placeAt,
      ),
    ),
    ...words.map((event) => ({ event, place: placeAt(event.at) })),
  ].sort((a, b) => a.place - b.place || a.event.at.getTime() - b.event.at.getTime());
  const order: ReplayEvent[] = [];
  let next = 0;
  for (let place = 0; place <= pages.length; place += 1) {
    for (let other = placed[next]; other?.place === place; other = placed[++next]) order.push(other.event);
    const page = pages[place];
    if (page) order.push(page);
  }
  return order;
}

interface Placed {
  readonly event: RunEnd | PersonsWord;
  /** How many pages come before it. */
  readonly place: number;
}

function placesOfEnds(
  pages: readonly { readonly runId: number; readonly index: number }[],
  ends: readonly RunEnd[],
  placeAt: (time: Date) => number,
): Placed[] {
  let next = 0;
  let earliest = 0;
  return [...ends]
    .sort((a, b) => Number(a.runId) - Number(b.runId))
    .map((event) => {
      for (let page = pages[next]; page && page.runId <= Number(event.runId); page = pages[++next])
        earliest = page.index + 1;
      const latest = pages[next]?.index ?? Infinity;
      earliest = Math.min(Math.max(placeAt(event.at), earliest), latest);
      return { event, place: earliest };
    });
}

/** How many pages there were at a time; what came late holds up those behind it. */
function placesByTime(pages: readonly KeptPage[]): (time: Date) => number {
  let latest = -Infinity;
  const times = pages.map(({ at }) => (latest = Math.max(latest, at.getTime())));
  return (time) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((times[middle] ?? Infinity) <= time.getTime()) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function groupedBySource(ends: readonly RunEnd[]): ReadonlyMap<string, readonly RunEnd[]> {
  const bySource = new Map<string, RunEnd[]>();
  for (const end of ends) {
    const ofSource = bySource.get(end.source);
    if (ofSource) ofSource.push(end);
    else bySource.set(end.source, [end]);
  }
  return bySource;
}
