import { createHash } from 'node:crypto';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { documentedSettings } from './documented.js';
import { Settings } from './settings.js';

/** The settings can't be used; the message lists everything that is wrong, one line each, without values. */
export class SettingsInvalid extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`These settings can't be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsInvalid';
  }
}

/**
 * Reads and checks every setting at once. An empty variable counts as unset. `knownSources`: what SOURCES may name.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  knownSources?: readonly string[],
): Settings {
  const given: Record<string, string> = {};
  for (const { name } of documentedSettings(Settings)) {
    const value = environment[name]?.trim();
    if (value) given[name] = value;
  }
  const settings = plainToInstance(Settings, given, { exposeDefaultValues: true });
  const problems = validateSync(settings, {
    skipMissingProperties: false,
    validationError: { value: false },
  }).flatMap(({ constraints }) => problemsOf(constraints ?? {}));
  const unknown =
    Array.isArray(settings.SOURCES) && knownSources
      ? settings.SOURCES.filter((name) => !knownSources.includes(name))
      : [];
  if (unknown.length > 0)
    problems.push(`SOURCES names ${unknown.join(', ')}; there are ${knownSources?.join(', ') ?? ''}`);
  if (settings.NODE_ENV === 'production') {
    if (!settings.ADMIN_TOKEN) problems.push('ADMIN_TOKEN must be set in production');
    if (settings.FAULTS) problems.push('FAULTS is refused in production');
  }
  if (settings.COINGECKO_API_KEY && settings.COINGECKO_PLAN === 'keyless')
    problems.push('COINGECKO_API_KEY is set but COINGECKO_PLAN is keyless: set it to demo or pro');
  // Of a plan that there is not, that has been said.
  if (!settings.COINGECKO_API_KEY && ['demo', 'pro'].includes(settings.COINGECKO_PLAN ?? 'keyless'))
    problems.push('COINGECKO_PLAN needs COINGECKO_API_KEY');
  if (!settings.COINPAPRIKA_API_KEY && settings.COINPAPRIKA_PLAN === 'pro')
    problems.push('COINPAPRIKA_PLAN pro needs COINPAPRIKA_API_KEY');
  if (problems.length > 0) throw new SettingsInvalid(problems);
  return settings;
}

/** Of what isn't even a number nothing more is said. */
function problemsOf(constraints: Readonly<Record<string, string>>): readonly string[] {
  const kind =
    constraints.isInt ?? constraints.isNumber?.replace(' conforming to the specified constraints', '');
  return kind === undefined ? Object.values(constraints) : [kind];
}

/** How long a quote is fresh where no setting says so and the schedule asks for no more. */
const LEAST_FRESH_MINUTES = 120;

/** The settings of one source, its own value before the general one. */
export function sourceSettings(
  settings: Settings,
  source: string,
): { scheduleMinutes: number; freshMinutes: number } {
  const own = (suffix: string): number | undefined => {
    const value = (settings as unknown as Record<string, unknown>)[`${source.toUpperCase()}_${suffix}`];
    return typeof value === 'number' ? value : undefined;
  };
  const scheduleMinutes = own('SCHEDULE_MINUTES') ?? settings.ETL_SCHEDULE_MINUTES;
  return {
    scheduleMinutes,
    // A quote must live to see the next one come, a late or a failed run included.
    freshMinutes:
      own('FRESH_MINUTES') ?? settings.FRESH_MINUTES ?? Math.max(LEAST_FRESH_MINUTES, 2 * scheduleMinutes),
  };
}

/**
 * Tells whether a source's own settings are those it was last run with. It is stored, and a hash of a secret can be
 * guessed at: of secrets, and of what an address carries beside its path, nothing goes into it but that they are there.
 */
export function settingsHash(settings: Settings, source: string): string {
  const secret = new Set(documentedSettings(Settings).flatMap((doc) => (doc.secret ? [doc.name] : [])));
  const own = Object.entries(settings)
    .filter(([name]) => name.startsWith(`${source.toUpperCase()}_`))
    .map(([name, value]: [string, unknown]) => [
      name,
      secret.has(name) ? Boolean(value) : withoutSecrets(value),
    ]);
  return createHash('sha256').update(JSON.stringify(own.sort())).digest('hex');
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'string' || !/^https?:/i.test(value) || !URL.canParse(value)) return value;
  const { origin, pathname } = new URL(value);
  return origin + pathname;
}
