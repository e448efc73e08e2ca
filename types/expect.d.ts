// The matchers of `nest-circuit-breaker/testing` for those who import `expect` from `@jest/globals`. In a file of
// declarations, an augmentation of a package that is missing is nobody's fault.
export {};

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    toBeOpen(): R;
    toBeClosed(): R;
    toBeHalfOpen(): R;
    toHaveRefused(times?: number): R;
  }
}
