/** The version of the running Mintmark, from package.json. */
export class ProgramVersion {
  constructor(readonly value: string) {}
}
