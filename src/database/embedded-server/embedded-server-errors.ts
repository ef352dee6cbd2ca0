/** Why there is no embedded PostgreSQL. Every message is one line that says what to do. */
export abstract class EmbeddedServerError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No binaries for this machine, or they don't run on it. */
export class PlatformNotSupported extends EmbeddedServerError {
  readonly code = 'platform_not_supported';

  constructor(reason: string, options?: { cause?: unknown }) {
    super(`No embedded PostgreSQL here: ${reason}. Set DATABASE_URL to a PostgreSQL server.`, options);
  }
}

/** Another living Mintmark has this data folder. */
export class DataDirInUse extends EmbeddedServerError {
  readonly code = 'data_dir_in_use';

  constructor(dataDir: string) {
    super(`Another Mintmark is running on ${dataDir}; stop it, or set DATA_DIR to another folder.`);
  }
}

/** Permissions, a full disk, something else in its place. */
export class DataDirUnusable extends EmbeddedServerError {
  readonly code = 'data_dir_unusable';

  constructor(dataDir: string, reason: string, options?: { cause?: unknown }) {
    super(`DATA_DIR ${dataDir} can't be used: ${reason}`, options);
  }
}

/** The data was made by another major version of PostgreSQL, which this one can't read. */
export class DataDirVersionMismatch extends EmbeddedServerError {
  readonly code = 'data_dir_version_mismatch';

  constructor(dataDir: string, found: string, needed: number) {
    super(
      `The data in ${dataDir} was made by PostgreSQL ${found}, this Mintmark brings ${needed}; ` +
        `dump it with the Mintmark that made it, or set DATA_DIR to another folder.`,
    );
  }
}

/** No port on 127.0.0.1 could be had. */
export class PortUnavailable extends EmbeddedServerError {
  readonly code = 'port_unavailable';
}

/** PostgreSQL ended before it was ready, for a reason none of the others names. */
export class ServerDidNotStart extends EmbeddedServerError {
  readonly code = 'server_did_not_start';
}
