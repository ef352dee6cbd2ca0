import type { FullLoad, LoadOutcome, OneByOne, SteadyLoad } from './load.js';

/** How much of the market each source lists, and at which of its moments. */
export interface Listed {
  readonly coinGecko: number;
  readonly coinPaprika: number;
  /** Another round has other prices. */
  readonly round: number;
  /** Every coin's price stays for so many rounds, in each of which so many parts of them change; unset: one. */
  readonly every?: number;
}

export interface Usage {
  readonly cpuSeconds: number;
  readonly residentMegabytes: number;
  /** Of the whole life of the process. */
  readonly peakMegabytes: number;
}

export interface EventLoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What the bench asks its processes, and what they say. */
export interface Questions {
  'full load': { asked: FullLoad; said: LoadOutcome };
  'begin steady load': { asked: SteadyLoad; said: true };
  /** Their latencies, in milliseconds; anything but an answer is an error. */
  'one by one': { asked: OneByOne; said: number[] };
  /** When the last answer has come. */
  'end steady load': { asked: null; said: LoadOutcome };
  market: { asked: Listed; said: true };
  usage: { asked: null; said: Usage };
  'watch event loop': { asked: null; said: true };
  /** Since it was last watched. */
  'event loop': { asked: null; said: EventLoopDelay };
}
