/** How much each part does. The quick ones measure the same rows on less. */
export interface Sizes {
  readonly quick: boolean;
  /** Of the whole bench: what is left of them the parts share, and none begins a round more behind its own; one it measures. */
  readonly seconds: number;
  /** Listings of the sources while reading is measured. */
  readonly coinGecko: number;
  readonly coinPaprika: number;
  readonly csv: number;
  readonly rounds: number;
  /** Of one contestant in one round. */
  readonly measureMs: number;
  readonly warmUpMs: number;
  /** Listings of the one source while loading is measured. */
  readonly loaded: number;
  readonly loadRounds: number;
  /** Of them, those that are also saved one by one. */
  readonly rowByRow: number;
  /** More than are made in one round, so that none comes again in the next. */
  readonly coldReads: number;
  /** Databases of three sizes. */
  readonly grown: readonly { readonly coins: number; readonly runs: number }[];
  readonly growthRounds: number;
  /** At most, for a hundred reads of one kind. */
  readonly growthMs: number;
  readonly statsReads: number;
  /** While ingesting: requests a second, and how long they are made at rest. */
  readonly steadyRate: number;
  readonly restMs: number;
  readonly ingestRounds: number;
  readonly csvRows: number;
  readonly runs: number;
  readonly runListings: number;
}

export const FULL: Sizes = {
  quick: false,
  seconds: 800,
  coinGecko: 20_000,
  coinPaprika: 10_000,
  csv: 5_000,
  rounds: 4,
  measureMs: 1_000,
  warmUpMs: 300,
  loaded: 20_000,
  loadRounds: 3,
  rowByRow: 2_000,
  coldReads: 8_000,
  grown: [
    { coins: 1_000, runs: 10 },
    { coins: 20_000, runs: 10_000 },
    { coins: 1_000_000, runs: 1_000_000 },
  ],
  growthRounds: 2,
  growthMs: 1_000,
  statsReads: 30,
  steadyRate: 400,
  restMs: 5_000,
  ingestRounds: 2,
  csvRows: 1_000_000,
  runs: 100,
  runListings: 20_000,
};

export const QUICK: Sizes = {
  quick: true,
  seconds: 85,
  coinGecko: 2_000,
  coinPaprika: 1_000,
  csv: 500,
  rounds: 2,
  measureMs: 200,
  warmUpMs: 80,
  loaded: 2_500,
  loadRounds: 1,
  rowByRow: 250,
  coldReads: 4_000,
  grown: [
    { coins: 1_000, runs: 10 },
    { coins: 5_000, runs: 1_000 },
    { coins: 30_000, runs: 30_000 },
  ],
  growthRounds: 1,
  growthMs: 150,
  statsReads: 6,
  steadyRate: 400,
  restMs: 1_200,
  ingestRounds: 1,
  csvRows: 5_000,
  runs: 22,
  runListings: 500,
};
