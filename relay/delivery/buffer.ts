import { coalesce } from "../../core/changes/coalesce.ts";
import { isTerminal, type Change, type ChangeName } from "../detect/change.ts";
import { readLastObject } from "./last-object.ts";
import type { Entry, Rendered } from "./entry.ts";

export type BufferLimits = {
  readonly maxObjects: number;
  readonly maxBytes: number;
};

/** `bytes`: of the messages as they are sent. */
export type BufferSize = { readonly objects: number; readonly bytes: number };

export type BufferDeps = {
  /** Changes of one group are sent one at a time, in order. Watches of the same resource share their groups. */
  readonly toGroupKey: (name: ChangeName) => string;
  readonly render: (change: Change) => Rendered;
  /** Whether every state of a watch's objects is delivered, instead of only the newest of those that wait. */
  readonly deliversEvery: (watch: string) => boolean;
  /** Whether a watch sends the deletion of an object of which no state was sent; absent: no watch does. */
  readonly carriesDeleted?: ((watch: string) => boolean) | undefined;
};

/**
 * States of one object that may wait if each must arrive before the next one, in number and as a part of the buffer. What is more replaces
 * the last of them, and whether its fields have changed is unknown: an object that changes all the time must not fill the buffer, because
 * then its watch is not read, for all others. Sending one after the other takes about 25 ms each.
 */
const STATES_MAX = 100;
const OBJECT_SHARE = 32;
const STATES_MAX_IF_HALF_FULL = 2;

/** The place of a change in the buffer, from the first state that took it until the queue has accepted the last. */
export type Ticket = {
  entry: Entry;
  readonly group: Group;
  inFlight: boolean;
  /** A send was attempted: the queue may have it although it did not confirm that. */
  attempted: boolean;
};

export type Group = { readonly key: string; readonly tickets: Ticket[] };

export type Offered =
  | { readonly outcome: "queued"; readonly ticket: Ticket }
  /** It replaced an unsent state of its object. */
  | { readonly outcome: "merged" }
  /** The object was never reported, and it no longer exists. */
  | { readonly outcome: "annulled"; readonly ticket: Ticket };

/**
 * Changes on their way to the queue, in groups by the object's name. Order holds within a group, and one change of each group is in
 * flight. Unsent states of one uid become one, unless every state is to be delivered, or compared with the one before it. A deletion and a re-creation under one name
 * remain two changes, in order.
 */
export class ChangeBuffer {
  readonly #limits: BufferLimits;
  readonly #deps: BufferDeps;
  readonly #groups = new Map<string, Group>();
  /** Groups whose first change may be sent. A Map keeps them in order of arrival and removes any in constant time. */
  readonly #ready = new Map<string, Group>();
  readonly #latest = new Map<string, Map<string, Entry>>();
  #objects = 0;
  #bytes = 0;

  constructor(limits: BufferLimits, deps: BufferDeps) {
    this.#limits = limits;
    this.#deps = deps;
  }

  offer(change: Change): Offered {
    const key = this.#deps.toGroupKey(change);
    const group = this.#groups.get(key) ?? { key, tickets: [] };
    if (this.#deps.deliversEvery(change.watch)) return this.#queue(group, change);
    const pending = group.tickets.findLast((ticket) => isSameObject(ticket.entry, change));
    if (pending === undefined || pending.inFlight) return this.#queue(group, change);
    const isInOrder = mustArriveFirst(pending, change);
    if (isInOrder && this.#hasRoom(group, change)) return this.#queue(group, change);
    const { entry, attempted } = pending;
    const coalesced = coalesce(
      {
        change: entry.change,
        delivered: entry.delivered || attempted,
        initial: entry.initial !== undefined,
        carriesDeleted: this.#deps.carriesDeleted?.(change.watch),
      },
      { change: change.change, initial: change.initial !== undefined },
    );
    switch (coalesced.outcome) {
      case "append":
        return this.#queue(group, change);
      case "annul":
        this.remove(pending);
        return { outcome: "annulled", ticket: pending };
      case "replace": {
        const gap = entry.gap || change.gap;
        const { delivered } = entry;
        const next = { ...change, change: coalesced.change };
        const comparison = mergeComparisons(isInOrder ? undefined : entry, next);
        const merged = { ...next, gap, delivered, comparison, ...toUnsent(entry, next) };
        this.#place(pending, this.#render(merged));
        return { outcome: "merged" };
      }
    }
  }

  /** The first changes of as many groups as fit, which are in flight from now on. At least one, if any is ready. */
  take(max: { readonly entries: number; readonly bytes: number }): readonly Ticket[] {
    const taken: Ticket[] = [];
    let bytes = 0;
    for (const group of this.#ready.values()) {
      const ticket = group.tickets[0];
      if (ticket === undefined) continue;
      bytes += ticket.entry.bytes;
      if (taken.length === max.entries || (taken.length > 0 && bytes > max.bytes)) break;
      ticket.inFlight = true;
      this.#ready.delete(group.key);
      taken.push(ticket);
    }
    return taken;
  }

  /** The change was accepted, or need not be sent: its place is free. */
  remove(ticket: Ticket): void {
    const { group, entry } = ticket;
    group.tickets.splice(group.tickets.indexOf(ticket), 1);
    this.#objects -= 1;
    this.#bytes -= entry.bytes;
    const ofWatch = this.#latest.get(entry.watch);
    if (ofWatch?.get(entry.uid) === entry) ofWatch.delete(entry.uid);
    if (group.tickets.length === 0) this.#groups.delete(group.key);
    this.#refresh(group);
  }

  /** The change was not accepted: it remains the first of its group, which may be sent again. */
  giveBack(ticket: Ticket): void {
    ticket.inFlight = false;
    ticket.attempted = true;
    this.#refresh(ticket.group);
  }

  /** Another message for the same state, because the queue refuses this one. */
  replaceText(ticket: Ticket, rendered: Rendered): void {
    this.#place(ticket, toEntry(ticket.entry, rendered));
  }

  /** A state of an object is not delivered: neither it nor the next one can be compared with an earlier state. */
  forgetComparison(ticket: Ticket, doubt: (rendered: Rendered) => Rendered): void {
    ticket.entry = { ...ticket.entry, comparison: undefined };
    const after = ticket.group.tickets.slice(ticket.group.tickets.indexOf(ticket) + 1);
    const next = after.find(({ entry }) => isSameObject(ticket.entry, entry));
    if (next?.entry.comparison === undefined) return;
    const comparison = { ...next.entry.comparison, before: undefined };
    this.#place(next, toEntry({ ...next.entry, comparison }, doubt(next.entry.rendered)));
  }

  /** Renders all waiting changes again, before any of them is sent. */
  renderAgain(render: (rendered: Rendered) => Rendered): void {
    for (const ticket of this.tickets()) {
      this.#place(ticket, toEntry(ticket.entry, render(ticket.entry.rendered)));
    }
  }

  /** All changes on their way, each group in order; a copy. */
  tickets(): readonly Ticket[] {
    return Array.from(this.#groups.values()).flatMap((group) => group.tickets);
  }

  /** The newest change of an object. */
  find(watch: string, uid: string): Entry | undefined {
    return this.#latest.get(watch)?.get(uid);
  }

  /** All changes of objects of that name, in order. */
  listByName(name: ChangeName): readonly Entry[] {
    const group = this.#groups.get(this.#deps.toGroupKey(name));
    const entries = group?.tickets.map(({ entry }) => entry) ?? [];
    return entries.filter(({ watch }) => watch === name.watch);
  }

  /** The newest change of each object of a watch. */
  list(watch: string): Iterable<Entry> {
    return this.#latest.get(watch)?.values() ?? [];
  }

  isFull(): boolean {
    return this.#objects >= this.#limits.maxObjects || this.#bytes >= this.#limits.maxBytes;
  }

  size(): BufferSize {
    return { objects: this.#objects, bytes: this.#bytes };
  }

  /** How many groups could be sent now. */
  readyCount(): number {
    return this.#ready.size;
  }

  /** Whether one more state of an object may wait behind the others. */
  #hasRoom({ tickets }: Group, change: Change): boolean {
    const own = tickets.filter(({ entry }) => isSameObject(entry, change));
    const { maxObjects, maxBytes } = this.#limits;
    if (this.#objects * 2 >= maxObjects || this.#bytes * 2 >= maxBytes) {
      return own.length < STATES_MAX_IF_HALF_FULL;
    }
    const bytes = own.reduce((sum, { entry }) => sum + entry.bytes, 0);
    return own.length < STATES_MAX && bytes < maxBytes / OBJECT_SHARE;
  }

  #queue(group: Group, change: Change): Offered {
    const entry = this.#render(change);
    const attempted = change.resent === true;
    const ticket: Ticket = { entry, group, inFlight: false, attempted };
    group.tickets.push(ticket);
    this.#groups.set(group.key, group);
    this.#objects += 1;
    this.#bytes += entry.bytes;
    this.#remember(entry);
    this.#refresh(group);
    return { outcome: "queued", ticket };
  }

  #place(ticket: Ticket, entry: Entry): void {
    const isLatest = this.find(ticket.entry.watch, ticket.entry.uid) === ticket.entry;
    this.#bytes += entry.bytes - ticket.entry.bytes;
    ticket.entry = entry;
    if (isLatest) this.#remember(entry);
  }

  #render(change: Change): Entry {
    const rendered = this.#deps.render(change);
    const { object: _object, ...rest } = change;
    return toEntry(rest, rendered);
  }

  #remember(entry: Entry): void {
    const ofWatch = this.#latest.get(entry.watch) ?? new Map<string, Entry>();
    this.#latest.set(entry.watch, ofWatch.set(entry.uid, entry));
  }

  #refresh(group: Group): void {
    const first = group.tickets[0];
    if (first === undefined || first.inFlight) this.#ready.delete(group.key);
    else this.#ready.set(group.key, group);
  }
}

function toEntry(change: Omit<Entry, "rendered" | "bytes">, rendered: Rendered): Entry {
  return { ...change, rendered, bytes: Buffer.byteLength(rendered.body) };
}

/**
 * Whether an unsent state must be confirmed before a later one: the queue may have it, so if the later one replaced it, nobody would know
 * with which of two states the fields have to be compared. If there are other relays, this is every state: which ones the leader has
 * merged is known to no other, and with each state compared with the one before it, all relays give the same answers.
 */
function mustArriveFirst({ attempted, entry }: Ticket, change: Change): boolean {
  return attempted && entry.comparison !== undefined && !isTerminal(change.change);
}

/**
 * The queue has accepted the state before the one that is replaced, and never that one. If none is given, it may have the replaced one, so
 * it is not known with which of them the fields have to be compared.
 */
function mergeComparisons(
  replaced: Entry | undefined,
  { change, comparison }: Change,
): Change["comparison"] {
  if (comparison === undefined || isTerminal(change)) return undefined;
  return { digests: comparison.digests, before: replaced?.comparison?.before };
}

/** A deletion that replaces a state of its object says so: nobody has decided on that state. */
function toUnsent(replaced: Entry, { change, gap, object }: Change): Partial<Change> {
  if (change !== "deleted" || isTerminal(replaced.change)) return {};
  // Of a deletion that was found by comparing, nothing is known but its identity.
  const last = gap ? readLastObject(replaced.rendered) : undefined;
  return { unsent: true, object: last ?? object };
}

function isSameObject(entry: Entry, change: Pick<Change, "watch" | "uid">): boolean {
  return entry.watch === change.watch && entry.uid === change.uid;
}
