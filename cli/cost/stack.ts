/**
 * What the stack of one cluster consists of, as far as it costs something or counts against a quota.
 * test/cli/cost/stack.test.ts compares it with serverless.yml and infra/.
 */
export const STACK = {
  memoryGb: 0.25,
  eventSources: { fifo: 3, standard: 2 },
  alarms: 37,
  dashboards: 1,
  roles: 6,
  secrets: 1,
  normalizeConcurrency: 50,
} as const;

export const SECONDS_PER_MONTH: number = 30 * 86_400;
export const HOURS_PER_MONTH: number = 30 * 24;
