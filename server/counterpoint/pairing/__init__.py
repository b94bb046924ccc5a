"""Pair programming: what the small tasks are offered at, and what they must know. Pure but for `own`,
`testing` and `staged`, which read files.

syntax    how languages write comments
comments  comments that are addressed to us: `# ai: make this retry three times`
fits      which tasks fit a place, from the lines round it
own       the tasks of a repository, `.counterpoint/tasks/*.md`
testing   how a project tests: its framework, the test file of a module, a neighbour to imitate
staged    what is about to be committed, file by file
citing    the places an answer cites, checked against the files
specs     the files that a specification names
"""
