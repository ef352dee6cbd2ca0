/** Node's code for what failed, e.g. `ECONNRESET`; null where there is none. */
export function errorCode(error: unknown): string | null {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  return coded && typeof error.code === 'string' ? error.code : null;
}
