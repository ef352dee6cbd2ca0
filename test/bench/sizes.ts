/** How much each part does. The quick ones measure the same rows on less. */
export interface Sizes {
  readonly quick: boolean;
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
}

export const FULL: Sizes = {
  quick: false,
  coinGecko: 20_000,
  coinPaprika: 10_000,
  csv: 5_000,
  rounds: 5,
  measureMs: 2_000,
  warmUpMs: 500,
  loaded: 20_000,
  loadRounds: 3,
  rowByRow: 2_000,
};

export const QUICK: Sizes = {
  quick: true,
  coinGecko: 2_000,
  coinPaprika: 1_000,
  csv: 500,
  rounds: 3,
  measureMs: 700,
  warmUpMs: 300,
  loaded: 2_000,
  loadRounds: 2,
  rowByRow: 500,
};
