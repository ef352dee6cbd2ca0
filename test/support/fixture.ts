import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a file of `test/fixtures`: small, in a source's own shape, with invented numbers. */
export function fixture(name: string): string {
  return readFileSync(join(process.cwd(), 'test', 'fixtures', name), 'utf8');
}
