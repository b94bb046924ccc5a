"""The stages of a review, each of which may fail without a loss to the others.

values    what goes in and what comes out
run       what has been found so far, and what is still being written down
known     units that were bought earlier
pricing   what it would cost
fates     what became of findings that nobody is shown
finding   units that are asked about, in groups, the first of which leads
units     from what was asked for to units
"""
