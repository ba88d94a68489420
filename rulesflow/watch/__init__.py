"""The watch: how steps, resources and the whole service do, and what of it is out of the ordinary.

Nothing in here knows where the figures come from, or what time it is: it is all told to them.
"""
