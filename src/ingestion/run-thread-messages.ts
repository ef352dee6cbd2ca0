import type { Claim } from './checkpoints.js';
import type { RunEvents } from './run-events.js';
import type { RunOutcome } from './runs.js';

/** What the thread of runs is given at its start; it is copied, so it holds plain values only. */
export interface RunThreadData {
  readonly settings: object;
  readonly databaseUrl: string;
  readonly connections: number;
  readonly crosswalkFile: string;
}

/** To the thread of runs. */
export type RunOrder =
  | { readonly kind: 'run'; readonly claim: Claim }
  | { readonly kind: 'stop'; readonly runId: string }
  /** No more comes. */
  | { readonly kind: 'end' };

/** From it. */
export type RunReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: RunEvent }
  /** It has heard that the run is to stop. */
  | { readonly kind: 'stopping'; readonly runId: string }
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ended'; readonly runId: string; readonly outcome: RunOutcome };

export type RunEvent = {
  readonly [name in keyof RunEvents]: { readonly name: name; readonly told: Parameters<RunEvents[name]> };
}[keyof RunEvents];
