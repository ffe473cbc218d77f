"""The test suites, and the checks that need no test."""
