"""Runs one file of tests and prints, as its last line, what became of each: {"module.Class.test": "passed" | why not}."""

import json
import sys
import unittest


class Report(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.said = {}

    def addSuccess(self, test):
        self.said.setdefault(test.id(), "passed")

    def addFailure(self, test, err):
        self.said[test.id()] = self._exc_info_to_string(err, test)

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.said[test.id()] = f"{subtest}: {self._exc_info_to_string(err, test)}"

    def addSkip(self, test, reason):
        self.said[test.id()] = f"skipped: {reason}"


if __name__ == "__main__":
    report = Report()
    unittest.defaultTestLoader.loadTestsFromName(sys.argv[1]).run(report)
    print(json.dumps(report.said))
