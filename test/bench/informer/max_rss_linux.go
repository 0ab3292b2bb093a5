package main

// getrusage(2) of Linux counts in kilobytes.
const maxRSSUnit = 1024
