import type { Settings } from '../config/settings.js';
import { ParametersInvalid } from './problem.js';

/** A source that isn't there would look like one without data. */
export function checkSource(source: string | undefined, settings: Settings): void {
  if (source === undefined || settings.SOURCES.includes(source)) return;
  throw new ParametersInvalid([
    { parameter: 'source', message: `source must be one of ${settings.SOURCES.join(', ')}` },
  ]);
}
