import { readFileSync } from "node:fs";
import { create, fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  EnumValueDescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
  OneofDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type { Plugin } from "esbuild";

/*
 * The CEL library describes five well-known types (Timestamp, Duration, Any, the wrappers and Struct) by protobuf descriptors in
 * binary form. To read these, a function's start would load the decoder and the descriptors' own descriptor, some 45 KB, and spend a
 * tenth of its time on them. In the functions' bundles the descriptors are objects instead, decoded when the bundle is made.
 */

const PACKAGE = /[\\/]@bufbuild[\\/]protobuf[\\/]dist[\\/]esm[\\/]/.source;

/** Describes the types without decoding, and leaves out what needs the decoder: Any, extensions, and literals of messages. */
export const leanProtobuf: Plugin = {
  name: "lean-protobuf",
  setup(build) {
    build.onLoad(
      { filter: toFilter(String.raw`wkt[\\/]google[\\/]protobuf[\\/]\w+_pb`) },
      (file) => ({
        contents: readFileSync(file.path, "utf8").replaceAll(ENCODED, toDecoded),
        loader: "js",
      }),
    );
    build.onLoad({ filter: toFilter(String.raw`codegenv2[\\/]file`) }, () => ({
      contents: FILE_MODULE,
      loader: "js",
    }));
    build.onLoad({ filter: toFilter(String.raw`wkt[\\/]any`) }, () => ({
      contents: ANY_MODULE,
      loader: "js",
    }));
    build.onLoad({ filter: /[\\/]@bufbuild[\\/]cel[\\/]dist[\\/]esm[\\/]object\.js$/ }, () => ({
      contents: toUnused(["celObject"]),
      loader: "js",
    }));
    build.onLoad({ filter: toFilter("extensions") }, () => ({
      contents: EXTENSIONS_MODULE,
      loader: "js",
    }));
  },
};

function toFilter(module: string): RegExp {
  return new RegExp(String.raw`${PACKAGE}${module}\.js$`);
}

const ENCODED = /(?<=\bfileDesc\()"(?<base64>[\w+/=]+)"/g;

function toDecoded(_literal: string, base64: string): string {
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(base64));
  // They configure code generators.
  delete file.options;
  return JSON.stringify(file);
}

/** The defaults of these messages are properties of their prototypes. */
const SCHEMAS = [
  FileDescriptorProtoSchema,
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  MessageOptionsSchema,
  OneofDescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  EnumValueDescriptorProtoSchema,
];

const DEFAULTS = Object.fromEntries(
  SCHEMAS.map((schema) => [schema.typeName, Object.getPrototypeOf(create(schema)) as unknown]),
);

/** Replaces the library's codegenv2/file.js. */
const FILE_MODULE = `
import { createEmbeddedFileRegistry } from "../registry.js";
import { restoreJsonNames } from "./restore-json-names.js";

const defaults = ${JSON.stringify(DEFAULTS)};

function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  const message = Object.create(defaults[value.$typeName] ?? null);
  for (const [key, part] of Object.entries(value)) message[key] = revive(part);
  return message;
}

export function fileDesc(init, imports = []) {
  const root = revive(init);
  root.messageType.forEach(restoreJsonNames);
  root.dependency = imports.map((file) => file.proto.name);
  const find = (name) => imports.find((file) => file.proto.name === name);
  return createEmbeddedFileRegistry(root, find).getFile(root.name);
}`;

/** No value is an Any: JSON has none, and core/cel/bounds.ts refuses literals of messages. */
const ANY_MODULE = toUnused(["anyPack", "anyUnpack", "anyUnpackTo", "anyIs"]);

/** The well-known types have no extensions. */
const EXTENSIONS_MODULE = toUnused([
  "createExtensionContainer",
  "getExtension",
  "setExtension",
  "clearExtension",
  "hasExtension",
  "getOption",
  "hasOption",
]);

function toUnused(names: readonly string[]): string {
  const exported = names.map((name) => `unused as ${name}`).join(", ");
  return `
function unused() {
  throw new Error("This part of protobuf is not in the bundle.");
}
export { ${exported} };`;
}
