import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { formatPlace, toPlace } from "../../../core/mirror/manifest.ts";
import type { ListPlace } from "./cursor.ts";
import { readPage, type Listed, type Page } from "./read-part.ts";

/** An object that waits for its counterpart in the other list. */
type Waiting = {
  readonly object: KubernetesObject;
  /** The place of its counterpart in the other list; undefined if it can have none. */
  readonly counterpart: string | undefined;
  /** The page that it came with. */
  readonly page: number;
  /** Its size, about; measured only of objects that wait for another page. */
  size?: number;
};

/** One of the two lists of a comparison, as far as it was read. */
export type ListSide = {
  readonly listed: Listed;
  /** The place of an object's copy, by which both lists are joined, and that of its counterpart in the other list. */
  readonly toKeys: (object: KubernetesObject) => Keys;
  place: ListPlace;
  /** The place of the page that was read last. */
  from: ListPlace;
  /** The number of pages that were read. */
  pages: number;
  /** By the place of the copy. */
  readonly waiting: Map<string, Waiting>;
};

type Keys = { readonly copy: string; readonly counterpart: string | undefined };

export function toSide(
  listed: Listed,
  place: ListPlace,
  toKeys: (object: KubernetesObject) => Keys,
): ListSide {
  return { listed, toKeys, place, from: place, pages: 0, waiting: new Map() };
}

/**
 * Whether an object at this place would have been read by now. Lists are in the order of their places; if one is not, objects are looked at
 * one by one that need not be.
 */
export function isPast({ isDone, last }: ListPlace, place: string | undefined): boolean {
  return place === undefined || isDone || (last !== undefined && place <= last);
}

/** The place up to which a list has ever been read; null: to its end. */
function toEnd({ isDone, last = "", skip }: ListPlace): string | null {
  if (isDone || skip?.upTo === null) return null;
  return skip === undefined ? last : max(last, skip.upTo);
}

/** Reads the next page, or all pages that are to be read again. Its objects wait, except those that have been compared already. */
export async function readNext(side: ListSide, signal: AbortSignal): Promise<void> {
  side.pages += 1;
  side.from = await takePage(side, signal);
  // Pages may be smaller than they were before.
  while (side.place.skip !== undefined) await takePage(side, signal);
}

/** Takes one page; answers with the place at which it begins. */
async function takePage(side: ListSide, signal: AbortSignal): Promise<ListPlace> {
  const { from, page } = await readFresh(side, signal);
  const { skip } = from;
  for (const object of page.objects) {
    const place = formatPlace(toPlace(object));
    const { copy, counterpart } = side.toKeys(object);
    const isCompared =
      skip !== undefined && isUpTo(place, skip.upTo) && isUpTo(counterpart, skip.settled);
    if (!isCompared) side.waiting.set(copy, { object, counterpart, page: side.pages });
  }
  const lastObject = page.objects.at(-1);
  const last = lastObject === undefined ? from.last : formatPlace(toPlace(lastObject));
  const isDone = page.next === undefined;
  const isAgain = !isDone && last !== toEnd({ isDone, last, skip });
  side.place = { next: page.next, isDone, last, skip: isAgain ? skip : undefined };
  return from;
}

/** The next page. If the state that is listed is no longer kept, the list continues at the same place with the present state. */
async function readFresh(
  { place, listed }: ListSide,
  signal: AbortSignal,
): Promise<{ readonly from: ListPlace; readonly page: Page }> {
  try {
    return { from: place, page: await readPage(listed, place.next, signal) };
  } catch (error) {
    if (!isKubemendError(error, "Expired") || error.continueToken === undefined) throw error;
    const from = { ...place, next: error.continueToken };
    return { from, page: await readPage(listed, from.next, signal) };
  }
}

/** The size of the objects that wait, about. */
export function measureWaiting({ waiting }: ListSide): number {
  let size = 0;
  for (const one of waiting.values()) {
    // As text, which is nested 500 levels deep at most.
    one.size ??= JSON.stringify(one.object).length;
    size += one.size;
  }
  return size;
}

/** An object that can have no counterpart is compared as soon as it is read. */
function isUpTo(place: string | undefined, end: string | null): boolean {
  return place === undefined || end === null || place <= end;
}

/**
 * The place at which a later run continues. If objects of the last page still wait, that page is read again. `rest` are those that wait of
 * earlier pages, which no later run reads.
 */
export function suspend(
  side: ListSide,
  other: Pick<ListSide, "place">,
): { readonly place: ListPlace; readonly rest: readonly KubernetesObject[] } {
  const all = [...side.waiting.values()];
  const rest = all.filter(({ page }) => page !== side.pages).map(({ object }) => object);
  if (rest.length === all.length) return { place: side.place, rest };
  const skip = { upTo: toEnd(side.place), settled: toSettled(side, other.place) };
  return { place: { ...side.from, skip }, rest };
}

/** The objects of the last page whose counterparts are up to this place have been compared, in this run or in an earlier one; null: all. */
function toSettled({ place, from }: ListSide, { isDone, last = "" }: ListPlace): string | null {
  if (isDone) return null;
  const before = from.skip !== undefined && isUpTo(place.last, from.skip.upTo) && from.skip.settled;
  return typeof before === "string" ? max(before, last) : last;
}

function max(left: string, right: string): string {
  return left > right ? left : right;
}
