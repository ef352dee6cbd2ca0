/** The connection string with its password: to be handed to a driver, never to a log. */
export class DatabaseUrl {
  constructor(readonly value: string) {}

  /** Host, port and name, for people. */
  get shown(): string {
    const url = new URL(this.value);
    return `${url.host}${url.pathname}`;
  }

  toJSON(): string {
    return this.shown;
  }
}
