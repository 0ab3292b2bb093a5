/*
 * The code that only pipelines with several clusters need, loaded on demand and as one module: with two dynamic imports the bundler would
 * cut the code that every cold start reads into more pieces.
 */
export { openOthers } from "./open-others.ts";
export { openSeveral } from "./several-sources.ts";
