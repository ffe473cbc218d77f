"""The test suites, the programs that run them, and the form of the sources."""
