import { readSettings, SettingsInvalid, settingsHash, sourceSettings } from './read-settings.js';

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
};

describe('readSettings', () => {
  it('has a default for everything a first start needs', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      PORT: 3000,
      DATA_DIR: '.mintmark',
      SOURCES: ['coinpaprika', 'coingecko', 'csv'],
      ETL_SCHEDULE_MINUTES: 30,
      ETL_ON_STARTUP: true,
    });
    expect(settings.DATABASE_URL).toBeUndefined();
  });

  it('takes an empty variable for an unset one', () => {
    expect(readSettings({ PORT: '', ADMIN_TOKEN: '  ' })).toMatchObject({
      PORT: 3000,
      ADMIN_TOKEN: undefined,
    });
  });

  it('names everything that is wrong at once and never repeats a value', () => {
    const problems = problemsOf({
      PORT: 'http',
      ETL_ON_STARTUP: 'maybe',
      DATABASE_URL: 'mysql://u:hunter2@h/db',
    });
    expect(problems.map((problem) => /^[A-Z_]+/.exec(problem)?.[0]).sort()).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'ETL_ON_STARTUP', 'PORT']),
    );
    expect(problems.join()).not.toContain('hunter2');
  });

  it('says one thing of what isn’t a number at all', () => {
    expect([...problemsOf({ PORT: 'abc', CONSENSUS_LIMIT_PERCENT: 'x' })].sort()).toEqual([
      'CONSENSUS_LIMIT_PERCENT must be a number',
      'PORT must be an integer number',
    ]);
    expect(problemsOf({ PORT: '70000' })).toEqual(['PORT must not be greater than 65535']);
  });

  it('refuses in production what is only for developers', () => {
    expect(problemsOf({ NODE_ENV: 'production', FAULTS: 'csv:commit:1:kill' })).toEqual([
      'ADMIN_TOKEN must be set in production',
      'FAULTS is refused in production',
    ]);
  });

  it('refuses a key that has no plan to go with and a plan without its key', () => {
    expect(problemsOf({ COINGECKO_PLAN: 'pro' })).toEqual(['COINGECKO_PLAN needs COINGECKO_API_KEY']);
    expect(problemsOf({ COINGECKO_PLAN: 'keyless', COINGECKO_API_KEY: 'CG-x' })).toHaveLength(1);
    expect(problemsOf({ COINGECKO_PLAN: 'free' })).toEqual([expect.stringContaining('must be one of')]);
  });

  it('refuses a source that is not there, beside everything else', () => {
    expect(() => readSettings({ SOURCES: 'csv,foo', PORT: 'x' }, ['coingecko', 'csv'])).toThrow(
      /PORT[^]*SOURCES names foo; there are coingecko, csv/,
    );
  });

  it('hashes a source’s own settings only', () => {
    const hash = (environment: Record<string, string>): string =>
      settingsHash(readSettings(environment), 'csv');
    expect(hash({ CSV_PATH: 'a.csv' })).not.toBe(hash({ CSV_PATH: 'b.csv' }));
    expect(hash({ CSV_PATH: 'a.csv' })).toBe(
      hash({ CSV_PATH: 'a.csv', PORT: '1', COINGECKO_MAX_COINS: '5' }),
    );
  });

  it('hashes that a source has a secret, and not which', () => {
    const hash = (environment: Record<string, string>): string =>
      settingsHash(readSettings(environment), 'coingecko');
    const key = { COINGECKO_PLAN: 'demo', COINGECKO_API_KEY: 'CG-one' };
    expect(hash(key)).toBe(hash({ ...key, COINGECKO_API_KEY: 'CG-two' }));
    expect(hash(key)).not.toBe(hash({}));
    const at = (url: string): string => hash({ COINGECKO_BASE_URL: url });
    expect(at('http://u:one@gecko/api/v3?k=1')).toBe(at('http://u:two@gecko/api/v3?k=2'));
    expect(at('http://gecko/api/v3')).not.toBe(at('http://gecko/api/v4'));
  });

  it('takes quotes for fresh over two runs of their source at least, unless told otherwise', () => {
    const fresh = (environment: Record<string, string>): number =>
      sourceSettings(readSettings(environment), 'csv').freshMinutes;
    expect(fresh({})).toBe(120);
    expect(fresh({ ETL_SCHEDULE_MINUTES: '240' })).toBe(480);
    expect(fresh({ ETL_SCHEDULE_MINUTES: '10', CSV_SCHEDULE_MINUTES: '100' })).toBe(200);
    expect(fresh({ ETL_SCHEDULE_MINUTES: '240', FRESH_MINUTES: '120' })).toBe(120);
    expect(fresh({ ETL_SCHEDULE_MINUTES: '240', FRESH_MINUTES: '120', CSV_FRESH_MINUTES: '7' })).toBe(7);
  });

  it('lets a source’s own value override the general one', () => {
    const settings = readSettings({ ETL_SCHEDULE_MINUTES: '10', CSV_SCHEDULE_MINUTES: '60' });
    expect(sourceSettings(settings, 'csv').scheduleMinutes).toBe(60);
    expect(sourceSettings(settings, 'coingecko').scheduleMinutes).toBe(10);
  });
});
