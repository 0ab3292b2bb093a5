/*
 * The YAML library as a module of ours, for who imports it only when it is needed: the library is CommonJS, and the bundler gives
 * what is imported from such a package in this way no names.
 */
export { parse as parseYaml } from "yaml";
