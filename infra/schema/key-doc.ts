/** The meaning of a key of a pipeline file: for the JSON Schema, which editors show, and for the reference page. */
export type KeyDoc = {
  /** The path below the group's own: `on.resource`. */
  readonly key: string;
  readonly description: string;
  /** The default if the key is left out. Absent: the key is required, or nothing applies. */
  readonly default?: string;
  /** YAML that sets the key, with the other keys of its group that it needs. */
  readonly example: string;
};

/** The keys below one place of the file. */
export type KeyGroup = {
  readonly title: string;
  /** The path of the place: `rules[]`; empty for the file itself. */
  readonly at: string;
  readonly intro: string;
  readonly keys: readonly KeyDoc[];
};
