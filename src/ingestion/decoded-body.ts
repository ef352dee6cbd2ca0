import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { errorCode } from './error-code.js';
import { SourcePayloadInvalid, SourceUnavailable } from './source-errors.js';

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
]);

export const ACCEPTED_ENCODINGS = 'gzip, br';

/** Pieces a large answer is unpacked in; the default of 16 kB costs a thread switch for each. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Unpacks a body, stopping at `maxBytes`. Not left to axios: that takes a packed stream that lacks its end for a
 * whole one. `asked` begins the error's message.
 */
export async function decodedBody(
  body: Buffer,
  encoding: string | null,
  maxBytes: number,
  asked: string,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || body.length === 0) return body;
  const decode = DECODERS.get(name);
  if (decode === undefined) {
    throw new SourcePayloadInvalid(`${asked} answered in an encoding that was not asked for`);
  }
  try {
    return await decode(body, { chunkSize: CHUNK_BYTES, maxOutputLength: maxBytes });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(asked, maxBytes, error);
    if (code === 'Z_BUF_ERROR') {
      throw new SourceUnavailable(`${asked} got a packed answer that is cut off`, { cause: error });
    }
    throw new SourcePayloadInvalid(`${asked} got an answer that can't be unpacked`, { cause: error });
  }
}

export function tooLarge(asked: string, maxBytes: number, cause: unknown): SourcePayloadInvalid {
  const limit = `${maxBytes / 1_000_000} MB`;
  return new SourcePayloadInvalid(`${asked} got more than ${limit} (SOURCE_MAX_MEGABYTES)`, { cause });
}
