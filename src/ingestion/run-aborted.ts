/**
 * The run was told to stop, by a shutdown or a lost lease. It says nothing about the source, so it is not a
 * `SourceError`; the cause is the signal's reason.
 */
export class RunAborted extends Error {
  readonly code = 'run_aborted';

  constructor(signal: AbortSignal) {
    super('the run was told to stop', { cause: signal.reason });
    this.name = 'RunAborted';
  }
}
