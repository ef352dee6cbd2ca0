import { readFileSync } from 'node:fs';
import { documentedSettings } from './documented.js';
import { settingsTable, SettingsMarkersMissing, withSettingsTable } from './settings-table.js';
import { Settings } from './settings.js';

const rowOf = (name: string): readonly string[] | undefined =>
  settingsTable()
    .split('\n')
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .find((cells) => cells[1]?.startsWith(`\`${name}\``))
    ?.slice(1, -1);

describe('the settings table', () => {
  it('is what README.md shows (else: npm run docs:settings)', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(readme).toBe(withSettingsTable(readme));
  });

  it('leaves no default without documentation', () => {
    const documented = documentedSettings(Settings).map(({ name }) => name);
    expect(documented).toEqual(expect.arrayContaining(Object.keys(new Settings())));
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('shows defaults as they would be written, and says when there is none', () => {
    expect(rowOf('PORT')?.[1]).toBe('`3000`');
    expect(rowOf('SOURCES')?.[1]).toBe('`coinpaprika,coingecko,csv`');
    expect(rowOf('ETL_ON_STARTUP')?.[1]).toBe('`true`');
    expect(rowOf('CSV_FRESH_MINUTES')?.[1]).toBe('unset');
  });

  it('marks secrets', () => {
    expect(rowOf('ADMIN_TOKEN')?.[0]).toBe('`ADMIN_TOKEN` (secret)');
    expect(rowOf('PORT')?.[0]).toBe('`PORT`');
  });

  it('keeps a meaning with a bar in its cell', () => {
    expect(rowOf('FAULTS')).toHaveLength(3);
    expect(rowOf('FAULTS')?.[2]).toContain('fetch\\|commit');
  });
});

describe('withSettingsTable', () => {
  it('replaces what is between the markers and nothing else', () => {
    const text = 'before\n<!-- settings:start -->\nout of date\n<!-- settings:end -->\nafter\n';
    const written = withSettingsTable(text);
    expect(written).toMatch(/^before\n<!-- settings:start -->\n\n[^]*\n\n<!-- settings:end -->\nafter\n$/);
    expect(written).toContain(settingsTable());
    expect(written).not.toContain('out of date');
    expect(withSettingsTable(written)).toBe(written);
  });

  it.each([
    ['none', 'nothing'],
    ['only one', '<!-- settings:start -->'],
    ['the wrong order', '<!-- settings:end --><!-- settings:start -->'],
    [
      'two places',
      '<!-- settings:start --><!-- settings:end --><!-- settings:start --><!-- settings:end -->',
    ],
  ])('refuses a text with %s', (_what, text) => {
    expect(() => withSettingsTable(text)).toThrow(SettingsMarkersMissing);
  });
});
