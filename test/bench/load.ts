/** Which requests: some over and over, or never one twice. */
export type Reads =
  | { readonly kind: 'in turn'; readonly paths: readonly string[] }
  | {
      readonly kind: 'distinct';
      /** The first of them; a caller that goes on where it stopped repeats none. */
      readonly from: number;
      readonly coinIds: readonly string[];
    };

export interface Load {
  readonly url: string;
  readonly reads: Reads;
  readonly headers?: Readonly<Record<string, string>>;
  /** Every other status is an error. */
  readonly status: number;
}

/** Closed loop: each connection sends its next request when it has the answer to its last. */
export interface FullLoad extends Load {
  readonly connections: number;
  readonly warmUpMs: number;
  readonly ms: number;
}

/**
 * Open loop: requests are due on a schedule whatever becomes of those before, and their latency counts from when
 * they were due, so that a stall costs all who would have come during it.
 */
export interface SteadyLoad extends Load {
  readonly requestsPerSecond: number;
}

/** One request after the other on one connection, each path once; slow ones for as long as they may take together. */
export interface OneByOne {
  readonly url: string;
  readonly paths: readonly string[];
  readonly withinMs: number;
}

export interface LoadOutcome {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errors: number;
  /** Why the first of the errors was one. */
  readonly error: string | null;
  readonly latencyMs: Latency;
  /** Of one answer, head and body. */
  readonly bytes: number;
  /** Processor time of the generator, in cores. */
  readonly generatorCores: number;
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
