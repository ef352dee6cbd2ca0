import { createServer } from 'node:net';

/** The port can't be listened on; one line for a person. */
export class PortUnusable extends Error {}

/** Looked at before anything is started, so that a taken port costs no database and no request to a source. */
export async function assertPortFree(port: number, host: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new PortUnusable(`Port ${port} is taken: stop what listens there, or set PORT to another.`, {
        cause: error,
      });
    if (code === 'EACCES')
      throw new PortUnusable(`Port ${port} needs more rights: set PORT to one above 1023.`, { cause: error });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new PortUnusable(`${host} is no address of this machine: set HOST to one that is.`, {
        cause: error,
      });
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
}
