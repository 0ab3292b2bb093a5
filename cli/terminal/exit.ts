/** Exit codes that scripts rely on. */
export const EXIT_OK = 0;
/** The command did what it was asked, and the answer is no; or something outside failed. */
export const EXIT_FAILED = 1;
/** The command was asked wrongly: flags, files, configuration. */
export const EXIT_MISUSE = 2;
