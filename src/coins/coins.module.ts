import { Module } from '@nestjs/common';
import { CoinWriter } from './coin-writer.js';
import { CoinsController } from './coins.controller.js';
import { CoinsService } from './coins.service.js';

@Module({ controllers: [CoinsController], providers: [CoinsService, CoinWriter], exports: [CoinWriter] })
export class CoinsModule {}
