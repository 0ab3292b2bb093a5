import type {
  AlertGroupStatus,
  CollectedAlerts,
  OpenAlert,
  SilencedAlerts,
} from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { Silence } from "../../../events/silence.ts";
import { toGreatest, toSeverity } from "../../severity.ts";
import { toNames } from "./collect.ts";
import { findSilenceOf, isInForce, toSilencedBy } from "./silences.ts";
import { readStored, toStored } from "./stored-alert.ts";

export type Released = {
  /** The status without what is released. */
  readonly status: AlertGroupStatus;
  /** The alerts to send now; absent: none. */
  readonly released?: CollectedAlerts | undefined;
  /** How many objects of it are counted in `collected`, too. */
  readonly common: number;
  /** The silence of which the message speaks. */
  readonly silence?: string | undefined;
};

/**
 * Releases the alerts that no silence covers any more, each object by itself: the silence of one must not hide the alert on another. If
 * silences cannot be read, what is silenced waits until the time that was known.
 */
export function releaseSilenced(
  status: AlertGroupStatus,
  silences: readonly Silence[] | undefined,
  now: string,
): Released {
  const { silenced } = status;
  if (silenced === undefined) return { status, common: 0 };
  if (silences === undefined) {
    const isOver = Date.parse(silenced.until) <= Date.parse(now);
    return isOver ? releaseAll(status, silenced) : { status, common: 0 };
  }
  const covered = findCovered(status, silenced, silences, now);
  const [last] = [...covered.objects.values(), ...covered.others].toSorted(
    (a, b) => Date.parse(b.spec.until) - Date.parse(a.spec.until),
  );
  return last === undefined
    ? releaseAll(status, silenced)
    : releaseSome(status, silenced, { ...covered, last });
}

type Covered = {
  /** The objects that a silence still covers. */
  readonly objects: ReadonlyMap<OpenAlert, Silence>;
  /** The silence of the others, which the group could not keep or an older version has counted; empty if none covers them. */
  readonly others: readonly Silence[];
};

function findCovered(
  { open }: AlertGroupStatus,
  { alert, count, isMore, silence: name }: SilencedAlerts,
  silences: readonly Silence[],
  now: string,
): Covered {
  const first = readStored(alert);
  const find = (silence: string, object?: OpenAlert): Silence | undefined =>
    silences.find((one) => one.metadata.name === silence && isInForce(one, now)) ??
    (first && findSilenceOf(first, object, silences, now));
  const objects = new Map<OpenAlert, Silence>();
  const silenced = open.filter(isSilenced);
  for (const object of silenced) {
    const silence = find(object.silencedBy, object);
    if (silence !== undefined) objects.set(object, silence);
  }
  const areOthers = count > silenced.length || isMore === true;
  const ofOthers = areOthers ? find(name) : undefined;
  return { objects, others: ofOthers === undefined ? [] : [ofOthers] };
}

function releaseSome(
  status: AlertGroupStatus,
  silenced: SilencedAlerts,
  { objects, others, last }: Covered & { readonly last: Silence },
): Released {
  const isReleased = (object: OpenAlert): boolean => isSilenced(object) && !objects.has(object);
  const released = status.open.filter(isReleased);
  const unknown = silenced.count - status.open.filter(isSilenced).length;
  const count = released.length + (others.length === 0 ? Math.max(0, unknown) : 0);
  if (count === 0) {
    return { status: { ...status, silenced: { ...silenced, ...toSilencedBy(last) } }, common: 0 };
  }
  const { alerts: _ofAll, ...kept } = silenced;
  const rest = {
    ...kept,
    count: silenced.count - count,
    names: toNames([...objects.keys()]),
    ...toSilencedBy(last),
  };
  return {
    status: { ...status, silenced: rest, open: status.open.map(withoutMark(isReleased)) },
    released: toReleased(released, count, silenced),
    common: released.filter(({ isCollected }) => isCollected === true).length,
    silence: released[0]?.silencedBy ?? silenced.silence,
  };
}

function releaseAll({ silenced: _silenced, ...status }: AlertGroupStatus, all: SilencedAlerts) {
  const { silence, until: _until, ...released } = all;
  const objects = status.open.filter(isSilenced);
  return {
    status: { ...status, open: status.open.map(withoutMark(isSilenced)) },
    released,
    common: objects.filter(({ isCollected }) => isCollected === true).length,
    silence,
  };
}

function isSilenced(object: OpenAlert): object is OpenAlert & { readonly silencedBy: string } {
  return object.silencedBy !== undefined;
}

function withoutMark(isReleased: (object: OpenAlert) => boolean) {
  return (object: OpenAlert): OpenAlert => {
    if (!isReleased(object)) return object;
    const { silencedBy: _silence, wasSent: _sent, ...rest } = object;
    return rest;
  };
}

/** The status in which an object is not silenced any more, because its receiver gets an alert about it; the others stay silenced. */
export function withoutSilenced(status: AlertGroupStatus, uid: string): AlertGroupStatus {
  const { silenced, ...rest } = status;
  const object = status.open.find((one) => one.uid === uid && isSilenced(one));
  if (object === undefined) return status;
  const open = status.open.map(withoutMark((one) => one === object));
  if (silenced === undefined) return { ...rest, open };
  const { alerts: _ofAll, ...kept } = silenced;
  const count = kept.count - 1;
  if (count < 1 && kept.isMore !== true) return { ...rest, open };
  const others = open.filter(isSilenced);
  const { alert, names } = toReleased(others, count, silenced);
  return { ...status, open, silenced: { ...kept, count: Math.max(0, count), alert, names } };
}

/** As `collected` keeps it. The alert that was kept is not shown if its object stays silenced. */
function toReleased(
  objects: readonly OpenAlert[],
  count: number,
  { since, alert, isMore }: SilencedAlerts,
): CollectedAlerts {
  const first = readStored(alert);
  const worst = toGreatest(objects.map(({ severity }) => severity));
  const one = objects.find(({ severity }) => severity === worst);
  const isOwn = objects.some(({ uid }) => uid === first?.data.trigger.uid);
  const shown =
    isOwn || one === undefined || first === undefined ? alert : toStored(toAbout(first, one));
  const more = objects.length < count && isMore === true ? { isMore } : {};
  return { count, ...more, names: toNames(objects), since, alert: shown };
}

/** An alert of the same rule on another object, of which only the identity is known. */
function toAbout(alert: AlertMessage, object: OpenAlert): AlertMessage {
  const { data } = alert;
  const { kind, namespace, name, uid } = object;
  const { alertId, cluster, rule, to, change, runbook, trigger } = data;
  const same = { alertId, cluster, rule, to, change, runbook };
  return {
    ...alert,
    data: {
      ...same,
      severity: object.severity ?? toSeverity(data),
      summary: "",
      trigger: { ...trigger, kind, namespace, name, uid },
      references: [],
    },
  };
}
