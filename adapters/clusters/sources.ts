import type { Source, Sources } from "./source.ts";

/** The code that only pipelines with several sources need (`several-sources.ts`), loaded on demand. */
type LoadSeveral = () => Promise<{
  readonly openSeveral: <T>(
    own: Source,
    make: (source: Source) => T | Promise<T>,
    deps: { readonly now: () => number },
  ) => Promise<Sources<T>>;
}>;

/**
 * The contexts of a function, one for each cluster whose changes its pipeline takes. Nearly all pipelines take those of one cluster only.
 *
 * @param now ms, monotonic.
 */
export async function openSources<T>(
  own: Source,
  make: (source: Source) => T | Promise<T>,
  now: () => number,
  loadSeveral: LoadSeveral,
): Promise<Sources<T>> {
  const { rules, moves } = own.pipeline;
  // The condition of `hasSources`, which the bundles load with the other code for several clusters only.
  if (rules.some(({ on }) => on.clusters) || moves?.some(({ from }) => from)) {
    const { openSeveral } = await loadSeveral();
    return openSeveral(own, make, { now });
  }
  const made = await make(own);
  return { own: made, of: () => Promise.resolve(made), others: [] };
}
