"""The pages as people use them: in a browser, on a sample site, and on a telephone."""
