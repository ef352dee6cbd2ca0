import { readFile } from 'node:fs/promises';
import { Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CrosswalkBook } from './crosswalk-book.js';
import { ofUnknownSources, readCrosswalk } from './crosswalk.js';
import { IdentityLinks } from './identity-links.js';

@Module({})
export class IdentityModule {
  /**
   * The crosswalk is a file that comes with Mintmark; a line that can't be used is left out, and reported to whoever
   * says what sources there are.
   */
  static with(crosswalkFile: string, sources: readonly string[] | null): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        IdentityLinks,
        {
          provide: CrosswalkBook,
          useFactory: async (): Promise<CrosswalkBook> => {
            const { entries, problems } = readCrosswalk(await readFile(crosswalkFile, 'utf8'));
            if (sources) {
              const logger = new Logger(IdentityModule.name);
              for (const { line, message } of [...problems, ...ofUnknownSources(entries, sources)])
                logger.warn(`Crosswalk, line ${line}: ${message}`);
            }
            return new CrosswalkBook(entries);
          },
        },
      ],
      exports: [IdentityLinks, CrosswalkBook],
    };
  }
}
