import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { CASES, GROUND } from './import-rule-cases.js';

/*
 * The lint rules that hold the house's lines, tried on a small project of their own: our configuration beside
 * files that break it. So a rule that stops working is seen even while the real code breaks none.
 */

interface Linted {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

/** ESLint loads its configuration as an ES module, which Jest's own module system can't: hence a process. */
function lint(folder: string): Promise<readonly Linted[]> {
  const eslint = join(process.cwd(), 'node_modules/eslint/bin/eslint.js');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [eslint, '--format', 'json', '.'],
      { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        // 1 says that something was found; anything else that ESLint itself failed.
        if (error && error.code !== 1) reject(new Error(`ESLint failed: ${stderr}`, { cause: error }));
        else resolve(JSON.parse(stdout) as readonly Linted[]);
      },
    );
  });
}

describe('the lint rules', () => {
  let folder: string;
  const found = new Map<string, Linted['messages']>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-rules-'));
    const cases = Object.fromEntries(Object.values(CASES).map(({ file, code }) => [file, code]));
    for (const [path, code] of Object.entries({ ...GROUND, ...cases })) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), code);
    }
    for (const shared of ['eslint.config.js', 'package.json', 'tsconfig.json'])
      await copyFile(join(process.cwd(), shared), join(folder, shared));
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'junction');
    for (const { filePath, messages } of await lint(folder)) found.set(relative(folder, filePath), messages);
  }, 120_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.entries(CASES))('%s', (_name, { rule, file }) => {
    const rules = found.get(file)?.map(({ ruleId, message }) => ruleId ?? message);
    if (rule === null) expect(rules).toEqual([]);
    else expect(rules).toContain(rule);
  });
});
