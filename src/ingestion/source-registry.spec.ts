import { Settings } from '../config/settings.js';
import { SOURCES } from './source-registry.js';

it('knows every source by the name that it writes into its rows', () => {
  const names = Object.entries(SOURCES).map(([name, Source]) => [name, new Source(new Settings()).source]);
  expect(names).toEqual(Object.keys(SOURCES).map((name) => [name, name]));
});
