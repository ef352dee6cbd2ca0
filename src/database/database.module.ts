import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DataVersion } from './data-version.js';
import { DatabaseUrl } from './database-url.js';

@Global()
@Module({})
export class DatabaseModule {
  /**
   * Takes a data source that is connected and migrated. Whoever opened it closes it, after the app: TypeOrmModule
   * would close it in the middle of the other modules' shutdown hooks, and the last request logs would be lost.
   */
  static with(dataSource: DataSource, url: DatabaseUrl): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: getDataSourceToken(), useValue: dataSource },
        { provide: DatabaseUrl, useValue: url },
        {
          provide: DataVersion,
          inject: [DatabaseUrl],
          useFactory: (own: DatabaseUrl) => new DataVersion(own),
        },
      ],
      exports: [getDataSourceToken(), DatabaseUrl, DataVersion],
    };
  }
}
