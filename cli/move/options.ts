import { Command, InvalidArgumentError } from "commander";
import type { MoveDeadlines, MovePause, MoveSelection, MoveSpec } from "../../events/moves/move.ts";
import { parseDuration } from "../../core/text/duration.ts";
import { quote } from "../../core/text/quote.ts";
import { misuse } from "../terminal/misuse.ts";

/** The options that say which objects move, and how: the spec of a Move is made of them. */
export type SpecOptions = {
  readonly namespace?: string;
  readonly selector?: string;
  readonly withOwned?: boolean;
  readonly cluster?: string;
  readonly pause: readonly string[];
  readonly pauseAnnotation: readonly string[];
  readonly block: readonly string[];
  readonly removeFinalizer: readonly string[];
  readonly remade: readonly string[];
  readonly leaveOwned?: boolean;
  readonly dropOwners?: boolean;
  readonly leaveData?: boolean;
  readonly createNamespaces?: boolean;
  readonly deadline: readonly string[];
};

const DEADLINES = ["block", "gone", "write"] as const;

export function addSpecOptions(command: Command): Command {
  return command
    .option("-n, --namespace <name>", "namespace of the selected objects (default: all)")
    .option("-l, --selector <labels>", "only objects with these labels")
    .option("--with-owned", "also what the selected objects own, directly or not")
    .option(
      "--cluster <name>",
      "name of the target in the pipeline, which the Move keeps beside its uid",
    )
    .option("--pause <resource=field>", "boolean field that pauses; may be repeated", collect, [])
    .option(
      "--pause-annotation <resource=name>",
      "annotation that pauses; may be repeated",
      collect,
      [],
    )
    .option(
      "--block <annotation>",
      "annotation that holds the move up, besides kubemend.dev/block-move and Cluster API's; may be repeated",
      collect,
      [],
    )
    .option(
      "--remove-finalizer <name>",
      "finalizer that is taken off a source after its deletion was accepted and the target holds the object (* for any); with --resume, it is added to those of the Move; may be repeated",
      collect,
      [],
    )
    .option(
      "--remade <resource>",
      "resource whose objects a controller of the target makes again from their owners; may be repeated",
      collect,
      [],
    )
    .option(
      "--leave-owned",
      "objects that a moved object owns, and that were not selected, stay without that owner",
    )
    .option("--drop-owners", "owners that do not move are left out of the copies")
    .option(
      "--leave-data",
      "StatefulSets move whose volumes stay: they begin with those that the target has, or with empty ones",
    )
    .option("--create-namespaces", "create the namespaces that the target lacks")
    .option(
      "--deadline <step=duration>",
      "time limit of a step: block=10m, gone=10m, write=2m; may be repeated",
      collect,
      [],
    );
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  if (value === "") throw new InvalidArgumentError("it is empty.");
  return [...previous, value];
}

/** The spec of a Move. Throws a misuse that says what is wrong with the arguments. */
export function toMoveSpec(
  select: readonly string[],
  options: SpecOptions,
  targetUid?: string,
): MoveSpec {
  const { cluster, block, removeFinalizer, remade } = options;
  const pause = [
    ...options.pause.map((text): MovePause => {
      const [resource, field] = split(text, "--pause", "RESOURCE=FIELD");
      return { resource, field };
    }),
    ...options.pauseAnnotation.map((text): MovePause => {
      const [resource, annotation] = split(text, "--pause-annotation", "RESOURCE=ANNOTATION");
      return { resource, annotation };
    }),
  ];
  const deadlines = toDeadlines(options.deadline);
  return {
    target: {
      ...(cluster === undefined ? {} : { cluster }),
      ...(targetUid === undefined ? {} : { uid: targetUid }),
    },
    select: select.map((text) => toSelection(text, options)),
    ...(pause.length === 0 ? {} : { pause }),
    ...(block.length === 0 ? {} : { blocks: block }),
    ...(removeFinalizer.length === 0 ? {} : { removeFinalizers: removeFinalizer }),
    ...(remade.length === 0 ? {} : { remade }),
    ...(options.leaveOwned === true ? { leaveOwned: true } : {}),
    ...(options.dropOwners === true ? { dropOwners: true } : {}),
    ...(options.leaveData === true ? { leaveData: true } : {}),
    ...(options.createNamespaces === true ? { createNamespaces: true } : {}),
    ...(Object.keys(deadlines).length === 0 ? {} : { deadlines }),
  };
}

const SPEC_OPTIONS: ReadonlySet<string> = new Set(
  addSpecOptions(new Command()).options.map((option) => option.name()),
);

/** The options that say what moves, or how, and that were given; but for those of `except`. */
export function listSpecOptions(
  command: Command,
  except: readonly string[] = [],
): readonly string[] {
  return command.options
    .filter((option) => SPEC_OPTIONS.has(option.name()) && !except.includes(option.name()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .map((option) => `--${option.name()}`);
}

/** The selection that `RESOURCE/NAME` stands for, or `RESOURCE`: all of its objects, or those with the labels. */
function toSelection(text: string, { namespace, selector, withOwned }: SpecOptions): MoveSelection {
  const [resource = "", name, ...rest] = text.split("/");
  if (resource === "" || name === "" || rest.length > 0) {
    throw misuse(
      `${quote(text)} selects nothing: write RESOURCE/NAME, such as clusters.cluster.x-k8s.io/web, or RESOURCE`,
    );
  }
  if (name !== undefined && selector !== undefined) {
    throw misuse(`${quote(text)} has a name already: --selector is for a RESOURCE without one`);
  }
  return {
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(selector === undefined ? {} : { labelSelector: selector }),
    ...(withOwned === true ? { withOwned } : {}),
  };
}

function toDeadlines(texts: readonly string[]): MoveDeadlines {
  return Object.fromEntries(
    texts.map((text) => {
      const [step, duration] = split(text, "--deadline", "STEP=DURATION");
      const known = DEADLINES.find((one) => one === step);
      if (known === undefined) {
        throw misuse(`--deadline has no step ${quote(step)}: there are ${DEADLINES.join(", ")}`);
      }
      if (parseDuration(duration) === undefined) {
        throw misuse(`--deadline ${step}: ${quote(duration)} is not a duration, such as 10m`);
      }
      return [known, duration];
    }),
  );
}

function split(text: string, option: string, form: string): readonly [string, string] {
  const at = text.indexOf("=");
  const [left, right] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (left === "" || right === "") throw misuse(`${option} ${quote(text)}: write ${form}`);
  return [left, right];
}
