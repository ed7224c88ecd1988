"""The benchmarks: each one measures ours and theirs in the same run, and says whether their ratio holds."""
