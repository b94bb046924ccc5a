"""What a review is about, what of it is known already, what a second look means for it. Pure.

unit        pieces of files that are reviewed, and what is known to be worth a second purchase
"""
