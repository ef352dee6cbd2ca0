/** A rebuild that can't be done, or not now; one line for a person. Nothing was changed. */
export class RebuildRefused extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RebuildRefused';
  }
}
