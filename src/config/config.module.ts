import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AdminToken } from './admin-token.js';
import { Settings } from './settings.js';

@Global()
@Module({})
export class ConfigModule {
  static with(settings: Settings, adminToken: AdminToken): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Settings, useValue: settings },
        { provide: AdminToken, useValue: adminToken },
      ],
      exports: [Settings, AdminToken],
    };
  }
}
