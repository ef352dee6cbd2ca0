import { readFile } from 'node:fs/promises';
import { USER_AGENT } from './user-agent.js';

it('names the version of the package', async () => {
  const manifest: { version: string } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(USER_AGENT).toContain(`Mintmark/${manifest.version} (`);
});
