import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Unlimited } from '../common/client-limit.js';
import { ProgramVersion } from '../common/program-version.js';

class About {
  @ApiProperty({ example: 'Mintmark' })
  readonly name!: string;

  @ApiProperty({ example: '0.1.0' })
  readonly version!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { data: '/data', docs: '/docs' },
  })
  readonly links!: Readonly<Record<string, string>>;
}

@ApiTags('health')
@Unlimited()
@Controller()
export class AboutController {
  constructor(private readonly program: ProgramVersion) {}

  @Get()
  @ApiOperation({ summary: 'What this is and where to go' })
  @ApiOkResponse({ type: About, description: 'Name, version, links.' })
  about(): About {
    return {
      name: 'Mintmark',
      version: this.program.value,
      links: {
        data: '/data',
        health: '/health',
        stats: '/stats',
        runs: '/runs',
        drift: '/drift',
        metrics: '/metrics',
        docs: '/docs',
        openapi: '/docs-json',
      },
    };
  }
}
