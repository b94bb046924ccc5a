"""What a review is about, what of it is known already, what a second look means for it. Pure.

unit        pieces of files that are reviewed, and what is known to be worth a second purchase
claims      findings put as claims to whoever looks a second time, with the code they are about
judging     what a second look's word is worth, and what follows from it
"""
