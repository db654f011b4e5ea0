"""Reports: the page, the terminal and the sentences, all from case.json alone."""
