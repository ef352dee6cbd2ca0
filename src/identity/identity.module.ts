import { readFile } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import { Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CrosswalkBook } from './crosswalk-book.js';
import { readCrosswalk } from './crosswalk.js';
import { IdentityLinks } from './identity-links.js';

@Module({})
export class IdentityModule {
  /** The crosswalk is a file that comes with Mintmark; a line that can't be used is reported and left out. */
  static with(crosswalkFile: string): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        IdentityLinks,
        {
          provide: CrosswalkBook,
          useFactory: async (): Promise<CrosswalkBook> => {
            const { entries, problems } = readCrosswalk(await readFile(crosswalkFile, 'utf8'));
            const logger = new Logger(IdentityModule.name);
            // The thread of runs reads the same file.
            if (isMainThread)
              for (const { line, message } of problems) logger.warn(`Crosswalk, line ${line}: ${message}`);
            return new CrosswalkBook(entries);
          },
        },
      ],
      exports: [IdentityLinks, CrosswalkBook],
    };
  }
}
