import { access, constants, readFile } from 'node:fs/promises';
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

/** The curated crosswalk: it belongs to the installation, and is missed when something else is mounted in its place. */
export async function findCrosswalk(packageRoot: string): Promise<string> {
  const path = join(packageRoot, 'data', 'identity', 'crosswalk.csv');
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new InstallationIncomplete(
      `${path} can't be read: put it back, and keep CSV files of your own in another folder (CSV_PATH).`,
      { cause: error },
    );
  }
  return path;
}
