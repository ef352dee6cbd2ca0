import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateIdentity } from './identity-evaluation.js';

const BIRCH = '0x00000000000000000000000000000000000000B1';

/** Acorn, Dune, Cedar and Fir are linked by their names, Birch only by its contract; Gorse can't be read. */
const COINGECKO = [
  { id: 'acorn-chain', symbol: 'aco', name: 'Acorn Chain', platforms: {} },
  { id: 'birch-cash', symbol: 'bir', name: 'Birch Cash', platforms: { ethereum: BIRCH, '': '' } },
  { id: 'cedar', symbol: 'ced', name: 'Cedar', platforms: {} },
  { id: 'dune-money', symbol: 'dun', name: 'Dune Money', platforms: {} },
  { id: 'elm', symbol: 'elm', name: 'Elm', platforms: {} },
  { id: 'fir-works', symbol: 'fir', name: 'Fir Works', platforms: {} },
  { id: 'gorse', symbol: '', name: 'Gorse', platforms: {} },
];
const COINPAPRIKA = [
  { id: 'aco-acorn-chain', symbol: 'ACO', name: 'Acorn Chain', rank: 1, is_active: true },
  { id: 'bir-silver', symbol: 'BIR', name: 'Silver', rank: 2, is_active: true },
  { id: 'ced-cedar', symbol: 'CED', name: 'Cedar', rank: 3, is_active: true },
  { id: 'dun-dune-money', symbol: 'DUN', name: 'Dune Money', rank: 4, is_active: true },
  { id: 'dun-sands', symbol: 'DUN', name: 'Sands', rank: 0, is_active: false },
  { id: 'fir-fir-works', symbol: 'FIR', name: 'Fir Works', rank: 5, is_active: true },
  { id: 'gor-gorse', symbol: 'GOR', name: 'Gorse', rank: 6, is_active: true },
  17,
  { id: 'hol-holly', symbol: 'HOL', name: 'Holly', rank: 7, is_active: 'yes' },
];
const CONTRACTS = [
  { address: BIRCH.toLowerCase(), type: 'ERC20', id: 'bir-silver', active: true },
  { address: null, type: 'ERC20', id: 'fir-fir-works', active: true },
  { address: '0xb2', type: 'ERC20', id: 'bir-silver', active: true },
];
const GOLD = [
  'coingecko_id,coinpaprika_id,evidence',
  'acorn-chain,aco-acorn-chain,name',
  'birch-cash,bir-silver,contract',
  'dune-money,dun-sands,"contract, of 2020"',
  'elm,elm-elm,name',
  'gorse,gor-gorse,name',
  '',
].join('\n');
const NOT_SAME =
  '\uFEFFwhy,coinpaprika_id,coingecko_id\r\ntwo "Cedars",ced-cedar,cedar\r\n,hol-holly,elm\r\n';

interface Mistake {
  readonly mistake: string;
  readonly coingecko: { readonly id: string };
  readonly coinpaprika: { readonly id: string };
}

describe('eval:identity', () => {
  let folder: string;
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mintmark-evaluation-'));
    write('list.json', COINGECKO);
    write('coins.json', COINPAPRIKA);
    write('contracts.json', CONTRACTS);
    write('gold.csv', GOLD);
    write('not-same.csv', NOT_SAME);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const FILES = ['--coingecko', 'list.json', '--coinpaprika', 'coins.json', '--gold', 'gold.csv'];

  function run(...words: string[]) {
    let [out, remarks] = ['', ''];
    const exitCode = evaluateIdentity(words, {
      folder,
      out: (text) => (out += text),
      remark: (text) => (remarks += text),
    });
    return { exitCode, out, remarks };
  }
  const measured = (...words: string[]) => JSON.parse(run(...FILES, '--json', ...words).out) as unknown;
  const mistakes = (): Mistake[] =>
    readFileSync(join(folder, 'mistakes.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Mistake);

  it('measures by names alone when no contracts are given', () => {
    expect(measured('--not-same', 'not-same.csv')).toMatchObject({
      // Acorn, Cedar, Dune, Fir.
      links: 4,
      // Acorn; not Birch, Dune and Gorse. Elm is not in both.
      recall: 1 / 4,
      recall_of_all: 1 / 5,
      gold_pairs: 5,
      gold_pairs_absent: 1,
      gold_pairs_linked: 1,
      // Acorn; Cedar and Dune are wrong, and of Fir nobody says anything.
      precision: 1 / 3,
      labelled_links: 3,
      wrong_links: 2,
      hard_negatives_linked: 1,
      not_same_pairs: 2,
      contracts: false,
      coingecko_listings: 6,
      coinpaprika_listings: 7,
      seconds: expect.any(Number),
      peak_mb: expect.any(Number),
      // The last DUN wins, which is the right one here, and BIR needs no more than its symbol.
      symbol_join: { links: 5, recall: 3 / 4, precision: 3 / 4, hard_negatives_linked: 1 },
    });
  });

  it.each([
    ['ethereum', 'eth-ethereum'],
    ['ethereum', 'ethereum'],
    ['ethereum', 'Ethereum'],
    ['binance-smart-chain', 'bnb-binance-coin'],
    ['binance-smart-chain', 'binance-smart-chain'],
    ['a-new-chain', 'xyz-a-new-chain'],
  ])('uses contracts on %s, whoever calls it %s', (platform, chain) => {
    write(
      'list.json',
      COINGECKO.map((row) => (row.id === 'birch-cash' ? { ...row, platforms: { [platform]: BIRCH } } : row)),
    );

    expect(measured('--contracts', `${chain}=contracts.json`)).toMatchObject({
      links: 5,
      recall: 2 / 4,
      precision: 2 / 3,
      hard_negatives_linked: null,
      contracts: true,
    });
  });

  it('knows what ids say, as production does', () => {
    write('list.json', [{ id: 'hazel-grove', symbol: 'hzg', name: 'Nuts', platforms: {} }]);
    write('coins.json', [{ id: 'hzg-hazel-grove', symbol: 'HZN', name: 'Woods', is_active: true }]);
    write('gold.csv', 'coingecko_id,coinpaprika_id\nhazel-grove,hzg-hazel-grove\n');

    expect(measured()).toMatchObject({ links: 1, recall: 1, precision: 1, symbol_join: { links: 0 } });
  });

  it('takes several files of contracts, and says when one can tell nothing', () => {
    write('more.json', [{ address: 'T1', id: 'aco-acorn-chain', active: true }]);

    const listed = run(...FILES, '--contracts', 'trx-tron=more.json', 'ethereum=contracts.json', '--json');
    const repeated = run(
      ...FILES,
      ...['--contracts', 'ethereum=contracts.json', '--contracts', 'trx-tron=more.json', '--json'],
    );

    for (const { out, remarks } of [listed, repeated]) {
      expect(JSON.parse(out)).toMatchObject({ links: 5 });
      expect(remarks).toMatch(/no listing of CoinGecko has a contract on tron/);
      expect(remarks).not.toMatch(/on ethereum/);
    }
  });

  it('prints one object in one line, and everything else elsewhere', () => {
    const { exitCode, out, remarks } = run(...FILES, '--contracts', 'ethereum=contracts.json', '--json');

    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([expect.stringMatching(/^\{.*\}$/), '']);
    expect(remarks.split('\n')).toEqual([
      'list.json: not everything could be used as it stands (1)',
      '  row 7 ("gorse"): symbol is empty',
      'contracts.json: not everything could be used as it stands (1)',
      '  the contracts of row 2 ("fir-fir-works"): address is null',
      'coins.json: not everything could be used as it stands (2)',
      '  row 8: the record is a number, not an object',
      '  row 9 ("hol-holly"): is_active is neither true nor false',
      '',
    ]);
  });

  it('prints a table with the symbol join beside it', () => {
    const { out } = run(...FILES, '--not-same', 'not-same.csv');

    expect(out).toMatch(/^matcher +4 +25\.00 % +33\.33 % +1 of 2 +\d+\.\d\d +\d+ MB$/m);
    expect(out).toMatch(/^symbol join +5 +75\.00 % +75\.00 % +1 of 2$/m);
    expect(out).toContain('1 of the 4 gold pairs that are in both catalogues; 1 of 5 are not');
    expect(out).toContain('2 wrong of the 3 links that a label speaks of');
  });

  it('writes every mistake once, with both listings and what the matcher says', () => {
    run(...FILES, '--not-same', 'not-same.csv', '--mistakes', 'mistakes.jsonl');

    const found = mistakes();
    expect(
      found.map(({ mistake, coingecko, coinpaprika }) => [mistake, coingecko.id, coinpaprika.id]),
    ).toEqual([
      ['missed', 'birch-cash', 'bir-silver'],
      ['missed', 'dune-money', 'dun-sands'],
      ['missed', 'gorse', 'gor-gorse'],
      ['hard_negative_linked', 'cedar', 'ced-cedar'],
      ['wrong_link', 'dune-money', 'dun-dune-money'],
    ]);
    expect(found[0]).toMatchObject({ coingecko: { contracts: [] }, coinpaprika: { contracts: [] } });
    expect(found[1]).toMatchObject({
      label: 'contract, of 2020',
      coingecko: {
        symbol: 'dun',
        name: 'Dune Money',
        active: true,
        labelled_as: ['dun-sands'],
        linked_to: ['dun-dune-money'],
        method: 'symbol_name',
        evidence: [expect.stringContaining('same symbol')],
      },
      coinpaprika: { symbol: 'DUN', name: 'Sands', active: false, linked_to: [], method: 'own' },
    });
    expect(found[2]).toMatchObject({ coingecko: { name: null, method: null } });
    expect(found[3]).toMatchObject({ label: 'two "Cedars"' });
  });

  it('writes the contracts and candidates of what was missed', () => {
    // Each of the two could be Acorn.
    write('coins.json', [...COINPAPRIKA, { id: 'acx-acorn-chain', symbol: 'ACO', name: 'Acorn Chain' }]);
    write('contracts.json', [{ address: '0xb2', id: 'bir-silver', active: true }]);
    run(...FILES, '--contracts', 'ethereum=contracts.json', '--mistakes', 'mistakes.jsonl');

    const [acorn, birch] = mistakes();
    expect(birch).toMatchObject({
      coingecko: { contracts: [{ chain: 'ethereum', address: BIRCH }] },
      coinpaprika: { contracts: [{ chain: 'ethereum', address: '0xb2' }] },
    });
    expect(acorn).toMatchObject({
      mistake: 'missed',
      coingecko: {
        id: 'acorn-chain',
        candidates: [
          { source: 'coinpaprika', id: 'aco-acorn-chain', why: expect.stringContaining('more than one') },
          { source: 'coinpaprika', id: 'acx-acorn-chain', why: expect.stringContaining('more than one') },
        ],
      },
    });
  });

  it('reads the later of two rows with one id, and counts a label once', () => {
    write('list.json', [{ id: 'acorn-chain', symbol: 'zzz', name: 'Other', platforms: {} }, ...COINGECKO]);
    write('gold.csv', `${GOLD}acorn-chain,aco-acorn-chain,again\n,aco-acorn-chain,nobody\n`);

    expect(measured()).toMatchObject({ links: 4, gold_pairs: 5, coingecko_listings: 6 });
    const { remarks } = run(...FILES);
    expect(remarks).toContain('row 2: acorn-chain stands above already: the later row counts');
    expect(remarks).toContain('line 8: coingecko_id is empty');
  });

  it('leaves a pair that is labelled both ways out', () => {
    write('not-same.csv', 'coingecko_id,coinpaprika_id\nacorn-chain,aco-acorn-chain\n');

    expect(measured('--not-same', 'not-same.csv')).toMatchObject({
      gold_pairs: 4,
      not_same_pairs: 0,
      labelled_links: 1,
    });
    expect(run(...FILES, '--not-same', 'not-same.csv').remarks).toContain('acorn-chain and aco-acorn-chain');
  });

  it('explains itself', () => {
    expect(run('--help')).toMatchObject({ exitCode: 0, out: expect.stringContaining('--mistakes FILE') });
  });

  it.each([
    ['no option at all', [], /^eval:identity: --coingecko FILE is missing; .*--help/],
    ['no labels', FILES.slice(0, 4), /--gold FILE is missing/],
    ['an unknown option', [...FILES, '--golden'], /--golden.*--help/],
    ['an option without its value', [...FILES, '--mistakes'], /--mistakes.*--help/],
    ['an option instead of a value', [...FILES, '--mistakes', '--json'], /--mistakes.*--help/],
    ['a word too many', [...FILES, 'list.json'], /"list\.json" belongs to no option/],
    ['contracts without a chain', [...FILES, '--contracts', 'contracts.json'], /is not CHAIN=FILE/],
    ['a missing file', [...FILES, '--not-same', 'nowhere.csv'], /--not-same nowhere\.csv.*no such file/],
    [
      'missing contracts',
      [...FILES, '--contracts', 'ethereum=no.json'],
      /--contracts no\.json.*no such file/,
    ],
    ['a folder', [...FILES, '--not-same', '.'], /--not-same \..*can't be read/],
    ['mistakes nowhere', [...FILES, '--mistakes', 'no/where.jsonl'], /--mistakes .*no such file or folder/],
    ['JSON for CSV', [...FILES, '--not-same', 'list.json'], /list\.json is not CSV/],
    [
      'CSV without its header',
      [...FILES, '--gold', 'no-header.csv'],
      /no-header\.csv has no column coingecko_id/,
    ],
    ['broken CSV', [...FILES, '--not-same', 'broken.csv'], /broken\.csv is not CSV/],
    ['labels of nothing', [...FILES, '--gold', 'empty.csv'], /empty\.csv has no pair/],
    ['CSV for JSON', [...FILES, '--coinpaprika', 'gold.csv'], /gold\.csv can't be used.*instead of JSON/],
    [
      'an object for a list',
      [...FILES, '--coingecko', 'object.json'],
      /object\.json can't be used.*not a list/,
    ],
    ['cut JSON', [...FILES, '--contracts', 'ethereum=cut.json'], /cut\.json can't be used.*cut off/],
  ])('says in one line what is wrong with %s', (_case, words, message) => {
    write('broken.csv', 'coingecko_id,coinpaprika_id\n"a,b\n');
    write('no-header.csv', 'acorn-chain,aco-acorn-chain\n');
    write('empty.csv', 'coingecko_id,coinpaprika_id\n');
    write('object.json', {});
    write('cut.json', '[{"id":"a"');
    const { exitCode, out, remarks } = run(...words);

    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(remarks).toMatch(message);
    expect(remarks.trimEnd().split('\n').at(-1)).toMatch(message);
  });
});
