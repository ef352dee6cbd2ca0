import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DataVersion } from './data-version.js';
import { DatabaseUrl } from './database-url.js';

@Global()
@Module({})
export class DatabaseModule {
  /** Takes a data source that is connected and migrated already; Nest closes it at the very end. */
  static with(dataSource: DataSource, url: DatabaseUrl): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => dataSource.options,
          dataSourceFactory: () => Promise.resolve(dataSource),
        }),
      ],
      providers: [{ provide: DatabaseUrl, useValue: url }, DataVersion],
      exports: [DatabaseUrl, DataVersion],
    };
  }
}
