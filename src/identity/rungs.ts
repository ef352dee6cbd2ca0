import { groupBy } from './group-by.js';
import type { ReadEvidence } from './listing-evidence.js';
import {
  areSimilar,
  bareForms,
  genericWordsAgree,
  isMoreThanSymbol,
  sameEdition,
  sharedCore,
  sharedForm,
  wholeForms,
} from './name-forms.js';
import { differingChain, factor, quotedTogether } from './veto.js';

/** One step of the ladder: what two listings must share. */
export interface Rung {
  readonly method: 'contract' | 'symbol_name' | 'market';
  readonly confidence: number;
  /** Listings with a key in common may be one coin. */
  keys(listing: ReadEvidence): readonly string[];
  /** What two listings with this key in common share, in words; null when that isn't enough for this step. */
  shared(one: ReadEvidence, other: ReadEvidence, key: string): string | null;
  /** What speaks against it nevertheless; null when nothing does. */
  against?(one: ReadEvidence, other: ReadEvidence): string | null;
  /** The key must be theirs alone: whatever else has it is in the way, whether it shares more or not. */
  readonly keyAlone?: boolean;
}

const SAME_PRICE_FACTOR = 1.05;
const ONE_ORDER = 10;

const named = ({ listing }: ReadEvidence): string => `${listing.symbol} "${listing.name}"`;
const sameName = (one: ReadEvidence): string =>
  `same symbol ${one.listing.symbol} and same name "${one.listing.name}"`;
const differInGenericWords = (one: ReadEvidence, other: ReadEvidence): string =>
  `same symbol, and names that differ in generic words only: ${named(one)} and ${named(other)}`;
const apartFromGenericWords = (one: ReadEvidence, other: ReadEvidence): string | null =>
  genericWordsAgree(one, other) ? differInGenericWords(one, other) : null;
const inNameOrId = (one: ReadEvidence, other: ReadEvidence, form: string): string =>
  `same symbol, and "${form}" in name or id of both: ${named(one)} and ${named(other)}`;

const byContract = ({ contracts }: ReadEvidence): string[] =>
  [...contracts].flatMap(([chain, addresses]) => [...addresses].map((address) => `${address} on ${chain}`));
const bySymbol = ({ symbols }: ReadEvidence): readonly string[] => symbols;
const bySymbolAndName = ({ symbol, name }: ReadEvidence): string[] => [`${symbol}\0${name}`];
const bySymbolAndBareName = ({ symbol, bare }: ReadEvidence): string[] => [`${symbol}\0${bare}`];
const bySymbolAnd =
  (forms: (listing: ReadEvidence) => readonly string[]) =>
  (listing: ReadEvidence): string[] =>
    listing.symbols.flatMap((symbol) => forms(listing).map((form) => `${symbol}\0${form}`));
const formOf = (key: string): string => key.slice(key.indexOf('\0') + 1);

/** What a source still follows comes first: an entry it has given up is the other's only where no live one is. */
const active =
  (keys: Rung['keys'], where: (listing: ReadEvidence) => boolean = () => true): Rung['keys'] =>
  (listing) =>
    listing.listing.active && where(listing) ? keys(listing) : [];

/** The ladder below the crosswalk, strongest first, for these listings. */
export function ladder(listings: readonly ReadEvidence[]): readonly Rung[] {
  return [...contractRungs(listings), ...nameRungs(listings)];
}

function contractRungs(listings: readonly ReadEvidence[]): Rung[] {
  const namesakes = namesakesAmong(listings);
  return [
    {
      method: 'contract',
      confidence: 0.99,
      keys: byContract,
      shared: (one, other, key) =>
        one.symbol === other.symbol
          ? `same contract ${key} and same symbol ${one.listing.symbol}`
          : one.bare === other.bare
            ? `same contract ${key} and same name "${one.listing.name}"`
            : null,
    },
    {
      method: 'contract',
      confidence: 0.95,
      keys: byContract,
      shared: (one, other, key) => `same contract ${key}, of ${named(one)} and ${named(other)}`,
      // A wrapped coin may carry the address of what it wraps, and a new one that of the old; one of the two then has its
      // namesake elsewhere, or under another name by now.
      against: (one, other) =>
        !sameEdition(one, other)
          ? 'their names are of two editions'
          : namesakes(one, other) || namesakes(other, one)
            ? 'one of them has a namesake in the other source'
            : null,
    },
  ];
}

function nameRungs(listings: readonly ReadEvidence[]): Rung[] {
  const contractElsewhere = contractsElsewhereAmong(listings);
  const symbolElsewhere = symbolsElsewhereAmong(listings);
  const step = (rung: Omit<Rung, 'method'>): Rung => ({
    method: 'symbol_name',
    ...rung,
    against: (one, other) =>
      contractElsewhere(one, other) ?? symbolElsewhere(one, other) ?? rung.against?.(one, other) ?? null,
  });
  /** Steps that rest on a name alone let contracts of different times differ; weaker ones don't. */
  const strict = (rung: Omit<Rung, 'method'>): Rung =>
    step({
      ...rung,
      against: (one, other) => {
        const chain = differingChain(one, other);
        return chain === null ? null : `different contracts on ${chain}`;
      },
    });
  const says = (listing: ReadEvidence): boolean => isMoreThanSymbol(listing, listing.name);
  return [
    step({
      confidence: 0.97,
      keys: active(
        ({ symbol, name, idName }) => [`${symbol}\0${name}\0${idName}`],
        (listing) => says(listing) && isMoreThanSymbol(listing, listing.idName),
      ),
      shared: (one) => `${sameName(one)}, and the same in their ids`,
    }),
    step({ confidence: 0.95, keys: active(bySymbolAndName, says), shared: sameName }),
    step({
      confidence: 0.9,
      keys: active(bySymbolAnd(wholeForms)),
      shared: (one, other, key) => (sameEdition(one, other) ? inNameOrId(one, other, formOf(key)) : null),
    }),
    step({
      confidence: 0.9,
      keys: active(bySymbolAndBareName, (listing) => isMoreThanSymbol(listing, listing.bare)),
      shared: apartFromGenericWords,
    }),
    step({
      confidence: 0.85,
      keys: active(bySymbolAnd(bareForms)),
      shared: (one, other, key) =>
        sameEdition(one, other) && genericWordsAgree(one, other) ? inNameOrId(one, other, formOf(key)) : null,
    }),
    step({ confidence: 0.95, keys: active(bySymbolAndName), shared: sameName }),
    step({
      confidence: 0.9,
      keys: active(bySymbolAndBareName),
      shared: apartFromGenericWords,
    }),
    // From here on with what a source has given up.
    step({
      confidence: 0.85,
      keys: bySymbol,
      shared: (one, other) => {
        const form = sharedForm(one, other);
        return form === null ? null : inNameOrId(one, other, form);
      },
    }),
    step({
      confidence: 0.85,
      keys: bySymbol,
      keyAlone: true,
      shared: (one, other) =>
        one.name === other.name
          ? `${sameName(one)}, a symbol that nothing else free has`
          : one.bare === other.bare
            ? apartFromGenericWords(one, other)
            : null,
    }),
    {
      ...strict({
        confidence: 0.85,
        keys: active(bySymbol),
        shared: (one, other) =>
          areSimilar(one, other) && marketAgrees(one, other)
            ? `same symbol, similar names, and the same market: ${market(one)} and ${market(other)}`
            : null,
      }),
      method: 'market',
    },
    strict({
      confidence: 0.8,
      keys: active(bySymbol),
      keyAlone: true,
      shared: (one, other) => {
        const core = sharedCore(one, other);
        return core === null
          ? null
          : `a symbol that nothing else free has, and "${core}" in name or id of both: ${named(one)} and ${named(other)}`;
      },
    }),
  ];
}

/** Prices of nearly the same moment that are nearly the same, and market caps of one order: many cost a dollar. */
function marketAgrees(one: ReadEvidence, other: ReadEvidence): boolean {
  const price = factor(one.price, other.price);
  const cap = factor(one.marketCap, other.marketCap);
  return (
    quotedTogether(one, other) &&
    price !== null &&
    price <= SAME_PRICE_FACTOR &&
    cap !== null &&
    cap <= ONE_ORDER
  );
}

const market = (one: ReadEvidence): string =>
  `${named(one)} at ${one.listing.price}, cap ${one.listing.marketCap}`;

/** Whether the other's source lists something else under the one's symbol and name. */
function namesakesAmong(
  listings: readonly ReadEvidence[],
): (one: ReadEvidence, other: ReadEvidence) => boolean {
  const byName = groupBy(listings, bySymbolAndBareName);
  return (one, other) =>
    bySymbolAndBareName(one).some((key) =>
      byName
        .get(key)
        ?.some((namesake) => namesake !== other && namesake.listing.source === other.listing.source),
    );
}

/** Of two whose contracts differ: whether the other's source knows the one's contract as something else. */
function contractsElsewhereAmong(
  listings: readonly ReadEvidence[],
): (one: ReadEvidence, other: ReadEvidence) => string | null {
  const byAddress = groupBy(listings, byContract);
  const elsewhere = (one: ReadEvidence, other: ReadEvidence): string | null => {
    const listed = byContract(one)
      .flatMap((key) => byAddress.get(key) ?? [])
      .find((each) => each !== other && each.listing.source === other.listing.source);
    return listed === undefined
      ? null
      : `the contract of ${named(one)} is that of ${named(listed)} for ${other.listing.source}`;
  };
  return (one, other) =>
    differingChain(one, other) === null ? null : (elsewhere(one, other) ?? elsewhere(other, one));
}

/** Of two that share a symbol only by an id: whether the other's source has the one's present symbol elsewhere. */
function symbolsElsewhereAmong(
  listings: readonly ReadEvidence[],
): (one: ReadEvidence, other: ReadEvidence) => string | null {
  const present = groupBy(listings, ({ symbol }) => [symbol]);
  const elsewhere = (one: ReadEvidence, other: ReadEvidence): string | null => {
    const listed = present
      .get(one.symbol)
      ?.find((each) => each.listing.source === other.listing.source && each.listing.active);
    return listed === undefined
      ? null
      : `${one.listing.symbol} is ${named(listed)} for ${other.listing.source}`;
  };
  return (one, other) =>
    one.symbol === other.symbol ? null : (elsewhere(one, other) ?? elsewhere(other, one));
}
