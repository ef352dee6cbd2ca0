import { Transform, Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { Doc } from './documented.js';
import { IsTrustedProxies } from './trusted-proxies.js';

const DATABASE_URL = /^postgres(ql)?:\/\/\S+$/;

/** `true`, `1`, `yes`, `on` and their opposites; anything else stays as it is and is refused by `IsBoolean`. */
const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value !== 'string') return value;
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    if (/^(false|0|no|off)$/i.test(value)) return false;
    return value;
  });

const List = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim().toLowerCase())
          .filter(Boolean)
      : value,
  );

/**
 * Every setting of Mintmark, read from the environment. The initial value is the default; a property without
 * one is optional. Names are the variables' names.
 */
export class Settings {
  @Doc('`production` turns off what only a developer needs: a generated token, `FAULTS`, the start banner.')
  @IsIn(['production', 'development', 'test'])
  NODE_ENV: 'production' | 'development' | 'test' = 'development';

  @Doc('The PostgreSQL server to use, version 15 or newer. Unset: an embedded one in `DATA_DIR`.', {
    secret: true,
  })
  @IsOptional()
  @Matches(DATABASE_URL, { message: 'DATABASE_URL must look like postgres://user:password@host:5432/name' })
  DATABASE_URL?: string;

  @Doc('Connections to PostgreSQL at most, for each replica; one more listens for changes.')
  @Type(() => Number)
  @IsInt()
  @Min(4)
  @Max(1000)
  DATABASE_POOL_SIZE = 10;

  @Doc('Where the embedded PostgreSQL keeps its data.')
  @IsString()
  @IsNotEmpty()
  DATA_DIR = '.mintmark';

  @Doc('Port the API listens on.')
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT = 3000;

  @Doc('Address the API listens on.')
  @IsString()
  @IsNotEmpty()
  HOST = '0.0.0.0';

  @Doc(
    'Requests a minute that one client, an IPv4 address or an IPv6 /64, may make of one replica; with three replicas it is up to three times as many. `0`: no limit.',
  )
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  API_RATE_LIMIT = 60_000;

  @Doc(
    'The proxies in front, whose `X-Forwarded-For` says who the client is: their number, or their addresses and ranges, comma-separated (`10.0.0.0/8,loopback`). Unset: none, so that nobody can pass for somebody else, and all clients of a proxy count as one.',
  )
  @IsOptional()
  @IsTrustedProxies()
  TRUST_PROXY?: string;

  @Doc(
    'Web pages that may read the API in a browser: their origins, comma-separated (`https://app.example.com`), or `*` for all. Unset: none but the API’s own.',
  )
  @IsOptional()
  @List()
  @ArrayNotEmpty()
  @Matches(/^(\*|https?:\/\/[^\s/?#@*]+)$/, {
    each: true,
    message: 'CORS_ORIGINS must be *, or origins such as https://app.example.com, comma-separated',
  })
  CORS_ORIGINS?: string[];

  @Doc('Bearer token for what changes state. Unset outside production: made at start and printed.', {
    secret: true,
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  ADMIN_TOKEN?: string;

  @Doc('Sources to ingest, most trusted first: the first decides when two disagree.')
  @List()
  @ArrayNotEmpty()
  @ArrayUnique()
  @Matches(/^[a-z][a-z0-9_]*$/, { each: true })
  SOURCES: string[] = ['coinpaprika', 'coingecko', 'csv'];

  @Doc('Minutes from one run of a source to the next.')
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  @Max(10080)
  ETL_SCHEDULE_MINUTES = 30;

  @Doc(
    'Whether a source that never ran, or whose own settings have changed, is due at the start; otherwise it waits for its schedule.',
  )
  @Flag()
  @IsBoolean()
  ETL_ON_STARTUP = true;

  @Doc('Seconds between two looks at what is due.')
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  @Max(3600)
  ETL_TICK_SECONDS = 5;

  @Doc('Seconds a run may go without a sign of life before another replica takes its source over.')
  @Type(() => Number)
  @IsNumber()
  @Min(1)
  @Max(3600)
  ETL_LEASE_SECONDS = 30;

  @Doc('Seconds one request to a source may take.')
  @Type(() => Number)
  @IsNumber()
  @Min(0.1)
  @Max(600)
  SOURCE_TIMEOUT_SECONDS = 30;

  @Doc('Megabytes one decoded answer of a source may have.')
  @Type(() => Number)
  @IsNumber()
  @Min(0.001)
  @Max(1024)
  SOURCE_MAX_MEGABYTES = 32;

  @Doc('Tries of one request after the first, when the failure is worth another.')
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  SOURCE_RETRIES = 3;

  @Doc('Milliseconds before the first of them; later ones wait longer, with jitter.')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(60000)
  SOURCE_RETRY_DELAY_MS = 500;

  @Doc(
    'Minutes after which a quote is stale and has no vote while a fresh one exists. Unset: 120, or twice the schedule of its source if that is more.',
  )
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  FRESH_MINUTES?: number;

  @Doc('Percent two prices may differ before their coin is disputed.')
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(100)
  CONSENSUS_LIMIT_PERCENT = 5;

  @Doc('CoinGecko plan: `keyless`, `demo` or `pro`. Unset: `demo` with a key, else `keyless`.')
  @IsOptional()
  @IsIn(['keyless', 'demo', 'pro'])
  COINGECKO_PLAN?: 'keyless' | 'demo' | 'pro';

  @Doc('CoinGecko base URL, up to and with `/api/v3`. Unset: the plan’s own.')
  @IsOptional()
  @IsUrl(
    { require_tld: false, require_protocol: true, protocols: ['http', 'https'] },
    { message: 'COINGECKO_BASE_URL must be an http(s) URL' },
  )
  COINGECKO_BASE_URL?: string;

  @Doc('CoinGecko API key, of the plan above.', { secret: true })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  COINGECKO_API_KEY?: string;

  @Doc('CoinGecko coins to load, largest market cap first, in pages of 250. 1000 fit the free monthly quota.')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100000)
  COINGECKO_MAX_COINS = 1000;

  @Doc('CoinGecko requests a minute. Unset: 5 keyless, 30 demo, 250 pro.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.1)
  @Max(100000)
  COINGECKO_RATE_LIMIT?: number;

  @Doc('CoinGecko requests a calendar month (UTC). Unset: 10000, or 100000 on the pro plan.')
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  COINGECKO_MONTHLY_QUOTA?: number;

  @Doc('Overrides `ETL_SCHEDULE_MINUTES` for CoinGecko.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  @Max(10080)
  COINGECKO_SCHEDULE_MINUTES?: number;

  @Doc('Overrides `FRESH_MINUTES` for CoinGecko.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  COINGECKO_FRESH_MINUTES?: number;

  @Doc('CoinPaprika plan: `free` or `pro`. Unset: `pro` with a key, else `free`.')
  @IsOptional()
  @IsIn(['free', 'pro'])
  COINPAPRIKA_PLAN?: 'free' | 'pro';

  @Doc('CoinPaprika base URL, up to and with `/v1`. Unset: the plan’s own.')
  @IsOptional()
  // A user and password in it would be sent as `Authorization`, in the key's place.
  @IsUrl(
    { require_tld: false, require_protocol: true, protocols: ['http', 'https'], disallow_auth: true },
    { message: 'COINPAPRIKA_BASE_URL must be an http(s) URL without user and password' },
  )
  COINPAPRIKA_BASE_URL?: string;

  @Doc('CoinPaprika API key, sent as `Authorization`.', { secret: true })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  COINPAPRIKA_API_KEY?: string;

  @Doc('CoinPaprika coins to load, best rank first. Unset: all.')
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  COINPAPRIKA_MAX_COINS?: number;

  @Doc('CoinPaprika requests a minute.')
  @Type(() => Number)
  @IsNumber()
  @Min(0.1)
  @Max(100000)
  COINPAPRIKA_RATE_LIMIT = 300;

  @Doc('CoinPaprika requests a calendar month (UTC).')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  COINPAPRIKA_MONTHLY_QUOTA = 20000;

  @Doc('Overrides `ETL_SCHEDULE_MINUTES` for CoinPaprika.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  @Max(10080)
  COINPAPRIKA_SCHEDULE_MINUTES?: number;

  @Doc('Overrides `FRESH_MINUTES` for CoinPaprika.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  COINPAPRIKA_FRESH_MINUTES?: number;

  @Doc('A CSV file, or a folder of which every `*.csv` is read.')
  @IsString()
  @IsNotEmpty()
  CSV_PATH = 'data/';

  @Doc('Overrides `ETL_SCHEDULE_MINUTES` for CSV: how often files are looked at.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  @Max(10080)
  CSV_SCHEDULE_MINUTES?: number;

  @Doc('Overrides `FRESH_MINUTES` for CSV.')
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0.05)
  CSV_FRESH_MINUTES?: number;

  @Doc('Days the raw pages are kept.')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  RAW_RETENTION_DAYS = 30;

  @Doc('Days the quotes are kept, in whole months.')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3650)
  QUOTE_RETENTION_DAYS = 365;

  @Doc('Days the log of API requests is kept.')
  @Type(() => Number)
  @IsInt()
  @Min(1)
  REQUEST_LOG_RETENTION_DAYS = 14;

  @Doc('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.')
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';

  @Doc(
    'Failures to inject, for tests: `source:fetch|commit|committed:page:throw|kill`, comma-separated. Refused in production.',
  )
  @IsOptional()
  @Matches(
    /^([a-z][a-z0-9_]*:(fetch|commit|committed):[1-9]\d*:(throw|kill))(,[a-z][a-z0-9_]*:(fetch|commit|committed):[1-9]\d*:(throw|kill))*$/,
    {
      message: 'FAULTS must look like coingecko:commit:2:kill, comma-separated',
    },
  )
  FAULTS?: string;
}
