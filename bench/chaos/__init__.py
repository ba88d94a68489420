"""``python -m bench chaos``: scenarios, each made from a seed alone, that try to lose orders or charge twice.

Processes and databases are killed, services fail, disks fill, clocks step; afterwards all is healed, and the
runs, the payment service's books and the stock are held against what was promised.
"""
