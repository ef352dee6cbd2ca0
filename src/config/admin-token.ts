/** What `Authorization: Bearer` must carry for whatever changes state. */
export class AdminToken {
  constructor(
    readonly value: string,
    /** Made at start, because none was set. */
    readonly generated: boolean,
  ) {}
}
