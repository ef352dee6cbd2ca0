import { readFileSync, writeFileSync } from 'node:fs';
import { withSettingsTable } from './settings-table.js';

// Run by `npm run docs:settings`, which starts it in the project's folder.
writeFileSync('README.md', withSettingsTable(readFileSync('README.md', 'utf8')));
