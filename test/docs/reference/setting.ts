/** An environment variable: who reads it, and what it does. */
export type Setting = {
  readonly name: string;
  readonly reader: string;
  readonly description: string;
  /** Absent: required, or nothing applies. */
  readonly default?: string;
};
