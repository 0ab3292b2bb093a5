import { StepFailed, type BackupInScenario, type ScenarioContext } from "./scenario.ts";

/** The second cluster of a scenario that needs one. Throws StepFailed without it. */
export function findBackup({ backup }: ScenarioContext): BackupInScenario {
  if (backup !== undefined) return backup;
  throw new StepFailed("two clusters", "there is no second cluster");
}
