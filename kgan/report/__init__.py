"""Reports of training runs: one HTML file, of what callbacks left behind."""

from kgan.report.writing import write as write
