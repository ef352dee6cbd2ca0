import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export class InstallationIncomplete extends Error {}

/** The nearest folder upwards with Mintmark's package.json: from `src` and from `dist/src` alike. */
export async function findPackageRoot(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      await readFile(join(folder, 'package.json'));
      return folder;
    } catch (error) {
      const parent = dirname(folder);
      if (parent === folder)
        throw new InstallationIncomplete('package.json is missing from the installation', { cause: error });
      folder = parent;
    }
  }
}

/** The curated crosswalk. */
export function crosswalkIn(packageRoot: string): string {
  return join(packageRoot, 'data', 'identity', 'crosswalk.csv');
}
