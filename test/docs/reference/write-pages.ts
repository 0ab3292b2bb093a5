/** Writes docs/reference: `npm run reference`, after a change of what the pages are made of. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createPages } from "./create-pages.ts";

const FOLDER = new URL("../../../docs/reference/", import.meta.url);
mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(createPages())) {
  writeFileSync(new URL(name, FOLDER), text);
}
