import { createHash, timingSafeEqual } from 'node:crypto';
import { applyDecorators, Injectable, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request } from 'express';
import { AdminToken } from '../config/admin-token.js';
import { ApiProblem } from './api-answers.js';
import { ProblemException } from './problem.js';

@Injectable()
export class AdminGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(token: AdminToken) {
    if (token.value === '') throw new Error('The admin token is empty: anybody could know it');
    this.expected = digest(Buffer.from(token.value, 'utf8'));
  }

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<Request>().headers;
    const given = authorization && /^Bearer +(.+)$/i.exec(authorization)?.[1];
    // Digests have one length, so the comparison tells nothing of the token's. Node reads headers as Latin-1.
    if (given && timingSafeEqual(digest(Buffer.from(given, 'latin1')), this.expected)) return true;
    throw new ProblemException({
      status: 401,
      slug: 'admin-token-needed',
      title: 'Admin token needed',
      detail: given
        ? 'This is not the admin token.'
        : 'This needs the admin token: Authorization: Bearer <token>.',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
}

function digest(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}

/** For whatever changes state or shows what isn't public: only with the admin token. */
export function AdminOnly(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(AdminGuard),
    ApiBearerAuth(),
    ApiProblem(401, 'The admin token is missing or wrong.'),
  );
}
