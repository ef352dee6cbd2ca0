import { SettingsInvalid } from './config/read-settings.js';
import { EmbeddedServerError } from './database/embedded-server/embedded-server-errors.js';
import { DatabaseUnreachable } from './database/open-database.js';
import { CrosswalkUnusable } from './identity/crosswalk.js';
import { InstallationIncomplete } from './package-root.js';
import { PortUnusable } from './port.js';

/** One line for what a person can mend, the stack for what is our mistake. */
export function explain(error: unknown): string {
  if (
    error instanceof SettingsInvalid ||
    error instanceof EmbeddedServerError ||
    error instanceof DatabaseUnreachable ||
    error instanceof PortUnusable ||
    error instanceof CrosswalkUnusable ||
    error instanceof InstallationIncomplete
  )
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
