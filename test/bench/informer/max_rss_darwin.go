package main

// getrusage(2) of macOS counts in bytes.
const maxRSSUnit = 1
