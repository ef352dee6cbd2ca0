import { parseArgs } from 'node:util';
import { errorCode } from '../ingestion/error-code.js';
import { InputUnusable } from './input-unusable.js';

export interface EvaluationArguments {
  readonly coingecko: string;
  readonly coinpaprika: string;
  /** Empty: names only. */
  readonly contracts: readonly { readonly chain: string; readonly file: string }[];
  readonly gold: string;
  readonly notSame: string | null;
  readonly mistakes: string | null;
  readonly json: boolean;
}

export const USAGE = `Measures the production matcher on two catalogues and labelled pairs. The crosswalk is empty.

npm run eval:identity -- --coingecko FILE --coinpaprika FILE [--contracts CHAIN=FILE …] --gold FILE
                         [--not-same FILE] [--mistakes FILE] [--json]

  --coingecko FILE        JSON of /coins/list?include_platform=true
  --coinpaprika FILE      JSON of /coins
  --contracts CHAIN=FILE  JSON of CoinPaprika's /contracts/{platform}; CHAIN is the platform (eth-ethereum) or the
                          chain (ethereum). Without any, CoinGecko's contracts are left out too: names only
  --gold FILE             CSV with coingecko_id,coinpaprika_id: pairs that are one coin
  --not-same FILE         CSV of the same columns: pairs that look alike and are two
  --mistakes FILE         writes one JSON object a line for every mistake: a gold pair that was missed ("missed"), a
                          link that contradicts a label ("wrong_link"), and one that is a --not-same pair
                          ("hard_negative_linked", which counts as wrong too); each with both listings, what the
                          labels and the matcher make of them, its evidence and its candidates
  --json                  prints one JSON object in one line instead of the table; recall and precision are
                          fractions. npm prints two lines of its own unless it is called with --silent

recall     of the gold pairs whose ids are both in the catalogues: those that were linked
precision  of the links that have an id labelled in gold, or are a --not-same pair: those that are a gold pair
seconds    of matching, without reading the files; peak memory is that of the whole process
`;

const HINT = 'npm run eval:identity -- --help says how it is called';

/** What the words of the command line ask for; `help` when that is what they ask for. */
export function readArguments(words: readonly string[]): EvaluationArguments | 'help' {
  const { values, contracts } = parsed(words);
  if (values.help === true) return 'help';
  const required = (name: 'coingecko' | 'coinpaprika' | 'gold'): string => {
    const file = values[name];
    if (file === undefined || file === '') throw new InputUnusable(`--${name} FILE is missing; ${HINT}`);
    return file;
  };
  return {
    coingecko: required('coingecko'),
    coinpaprika: required('coinpaprika'),
    contracts: contracts.map(readContractsOption),
    gold: required('gold'),
    notSame: values['not-same'] ?? null,
    mistakes: values.mistakes ?? null,
    json: values.json ?? false,
  };
}

function parsed(words: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({
      args: [...words],
      options: {
        coingecko: { type: 'string' },
        coinpaprika: { type: 'string' },
        contracts: { type: 'string', multiple: true },
        gold: { type: 'string' },
        'not-same': { type: 'string' },
        mistakes: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
      tokens: true,
    });
    // `--contracts A=a B=b` is as good as naming the option twice.
    const contracts: string[] = [];
    let afterContracts = false;
    for (const token of tokens) {
      if (token.kind === 'option') {
        afterContracts = token.name === 'contracts';
        if (afterContracts) contracts.push(token.value ?? '');
      } else if (token.kind === 'positional') {
        if (!afterContracts)
          throw new InputUnusable(`${JSON.stringify(token.value)} belongs to no option; ${HINT}`);
        contracts.push(token.value);
      }
    }
    return { values, contracts };
  } catch (cause) {
    if (!errorCode(cause)?.startsWith('ERR_PARSE_ARGS')) throw cause;
    const [said = ''] = String(cause).split('\n');
    throw new InputUnusable(`${said.replace(/^TypeError[^:]*: /, '').replace(/\.( .*)?$/, '')}; ${HINT}`, {
      cause,
    });
  }
}

function readContractsOption(word: string): { chain: string; file: string } {
  const [, chain, file] = /^([^=]*[^=\s][^=]*)=(.+)$/su.exec(word) ?? [];
  if (chain === undefined || file === undefined)
    throw new InputUnusable(
      `--contracts ${JSON.stringify(word)} is not CHAIN=FILE, such as ethereum=contracts.json; ${HINT}`,
    );
  return { chain: chain.trim(), file };
}
