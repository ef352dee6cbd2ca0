import { documentedSettings } from './documented.js';
import { Settings } from './settings.js';

const START = '<!-- settings:start -->';
const END = '<!-- settings:end -->';

/** The text has no place marked for the settings. */
export class SettingsMarkersMissing extends Error {
  constructor() {
    super(`There must be one ${START} and, after it, one ${END}.`);
    this.name = 'SettingsMarkersMissing';
  }
}

/** A bar ends a cell of a Markdown table, in code too. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function shownDefault(value: Settings[keyof Settings]): string {
  if (value === undefined) return 'unset';
  return `\`${Array.isArray(value) ? value.join(',') : String(value)}\``;
}

/** Every setting with its default and its meaning, as a Markdown table. */
export function settingsTable(): string {
  const defaults = new Map<string, Settings[keyof Settings]>(Object.entries(new Settings()));
  const rows = documentedSettings(Settings).map(({ name, text, secret }) =>
    [`\`${name}\`${secret ? ' (secret)' : ''}`, shownDefault(defaults.get(name)), text].map(cell).join(' | '),
  );
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...rows.map((row) => `| ${row} |`)].join(
    '\n',
  );
}

/** The text with the table between its markers. Prettier would pad each column to its longest cell. */
export function withSettingsTable(text: string): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start || text.lastIndexOf(START) !== start || text.lastIndexOf(END) !== end)
    throw new SettingsMarkersMissing();
  const before = text.slice(0, start + START.length);
  return `${before}\n\n<!-- prettier-ignore -->\n${settingsTable()}\n\n${text.slice(end)}`;
}
