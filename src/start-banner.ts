import type { AddressInfo } from 'node:net';
import type { AdminToken } from './config/admin-token.js';
import type { Settings } from './config/settings.js';

interface Started {
  readonly settings: Settings;
  readonly adminToken: AdminToken;
  readonly version: string;
  /** Host and name of the database; null: the embedded one. */
  readonly database: string | null;
  readonly address: AddressInfo | string | null;
}

/** What runs where, and what to try next: for the person at the terminal. */
export function startBanner({ settings, adminToken, version, database, address }: Started): string {
  const port = typeof address === 'object' && address ? address.port : settings.PORT;
  const url = `http://localhost:${port}`;
  return [
    '',
    `Mintmark ${version} is up.`,
    '',
    `  API        ${url}/data`,
    `  Docs       ${url}/docs`,
    `  Database   ${database ?? `embedded PostgreSQL in ${settings.DATA_DIR}`}`,
    `  Sources    ${settings.SOURCES.join(', ')}, every ${minutes(settings.ETL_SCHEDULE_MINUTES)}`,
    ...(adminToken.generated
      ? [
          `  Token      ${adminToken.value}`,
          '             (made for this start; set ADMIN_TOKEN to keep one)',
        ]
      : []),
    '',
    'Try:',
    `  curl '${url}/data?limit=5'`,
    `  curl '${url}/coins/bitcoin'`,
    `  curl '${url}/health'`,
    `  curl -X POST -H "Authorization: Bearer ${adminToken.generated ? adminToken.value : '$ADMIN_TOKEN'}" '${url}/etl/run?source=csv'`,
    '',
    'The first coins come in a few seconds. Ctrl-C stops it.',
    '',
  ].join('\n');
}

function minutes(count: number): string {
  return count === 1 ? 'minute' : `${count} minutes`;
}
