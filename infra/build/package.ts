import { withStage } from "./with-stage.ts";

/*
 * `npm run package -- --config FILE [--settings FILE] [options of osls package]`: builds the functions with this pipeline, and packs them
 * into .serverless/, offline and without a login. What is missing or wrong is named before anything is built.
 */
withStage("package", ({ build, osls }) => build() || osls("package"));
