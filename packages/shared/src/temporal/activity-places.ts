import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Counts the activities that run, so that the host knows when every place is taken. */
export function countActivities(places: number): { interceptor: ActivityInterceptorsFactory; isFull: () => boolean } {
  let running = 0;
  return {
    isFull: () => running >= places,
    interceptor: () => ({
      inbound: {
        async execute(input, next) {
          running += 1;
          try {
            return await next(input);
          } finally {
            running -= 1;
          }
        },
      },
    }),
  };
}
