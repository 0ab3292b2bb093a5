/**
 * At most so many of the items, each with the same chance. A caller that took the first ones each time would never come to the others.
 *
 * @param random from 0 up to 1.
 */
export async function takeSample<T>(
  items: AsyncIterable<T>,
  max: number,
  random: () => number,
): Promise<readonly T[]> {
  const sample: T[] = [];
  let seen = 0;
  for await (const item of items) {
    seen += 1;
    const at = sample.length < max ? sample.length : Math.floor(random() * seen);
    if (at < max) sample[at] = item;
  }
  return sample;
}
