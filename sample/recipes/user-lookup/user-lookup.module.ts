import { Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { CircuitBreaker, Fallback } from 'nest-circuit-breaker';

import { Upstreams } from '../stage/upstreams.js';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly from_cache?: true;
  readonly is_default?: true;
}

@Injectable()
export class UserDirectory {
  private readonly cache = new Map<string, User>(); // yours is bounded, or Redis

  constructor(private readonly upstreams: Upstreams) {}

  @Fallback(['fromCache', 'guest']) // tried in turn: the second answers where the first throws
  @CircuitBreaker('users', { failureThreshold: 3, timeout: '1s' })
  async user(id: string): Promise<User> {
    const user = await this.upstreams.ask<User>('users', { id, name: `User ${id}` });
    this.cache.set(id, user);
    return user;
  }

  fromCache(id: string, error: unknown): User {
    const user = this.cache.get(id);
    if (user === undefined) throw error;
    return { ...user, from_cache: true };
  }

  guest(id: string): User {
    return { id, name: 'Guest', is_default: true };
  }
}

@Controller('users')
export class UsersController {
  constructor(private readonly directory: UserDirectory) {}

  @Get(':id')
  find(@Param('id') id: string): Promise<User> {
    return this.directory.user(id);
  }
}

@Module({
  controllers: [UsersController],
  providers: [UserDirectory, Upstreams],
})
export class UserLookupModule {}
