import { HttpException, HttpStatus } from '@nestjs/common';

/** An upstream answered, but not what it was asked for: a 502 to our own caller, and a failure to the breaker. */
export class UpstreamError extends HttpException {
  constructor(name: string, status: number) {
    super(`${name} answered ${status}`, HttpStatus.BAD_GATEWAY);
  }
}

export async function bodyOf<T>(name: string, response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  await response.body?.cancel();
  throw new UpstreamError(name, response.status);
}
